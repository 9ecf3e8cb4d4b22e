# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# bash-completion for procjon and its agents: options are read from --help; what follows "--" is a command.
_procjon() {
    local word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ $word == -- ]]; then
            _command_offset "$(($(_procjon_index) + 1))"
            return
        fi
    done
    _longopt "$@"
}

_procjon_index() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] && break
    done
    printf '%d' "$i"
}

complete -F _procjon procjon procjonping procjonsystemd procjonelastic procjonexec procjonrun
