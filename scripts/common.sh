# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # used by the scripts that source it
# Shared by the scripts: the packages of Debian 12 that they need, and how a build directory is made.
# Sourced from the root of the source tree.

# What building and running needs: the tools, the libraries, and the Python client that scripts/run speaks with.
RUN_PACKAGES=(
    gcc meson ninja-build pkg-config
    libuv1-dev libnghttp2-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler
    libjansson-dev libcurl4-openssl-dev libsqlite3-dev libssl-dev libsystemd-dev
    libmicrohttpd-dev libcyaml-dev libyaml-dev zlib1g-dev uthash-dev
    python3 python3-grpcio python3-protobuf
)

# What testing needs on top.
TEST_PACKAGES=(
    g++ libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev clang libclang-rt-14-dev clang-tidy clang-format valgrind libcmocka-dev
    nghttp2-client nghttp2-server sqlite3 openssl curl util-linux mount iproute2
    systemd dbus-daemon monitoring-plugins-basic faketime man-db mmdebstrap buildah
    python3-pytest python3-pytest-xdist python3-h2
)

# Debian's python3: the one that python3-* packages belong to, whatever else is first on the PATH.
PYTHON=/usr/bin/python3

say() {
    printf '%s\n' "$*"
}

# Installs those of the packages that are missing; says what to do when it may not.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        say "missing packages, and only root may install them; as root:" >&2
        say "    apt-get install ${missing[*]}" >&2
        return 1
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# Node may be there from elsewhere than Debian: then it is used as it is.
need_node() {
    local missing=()
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    ((${#missing[@]})) && { need_packages "${missing[@]}" || return 1; }
    [[ node_modules/.package-lock.json -nt package-lock.json ]] ||
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
}

# build NAME [MESON OPTION...]: build/NAME, configured once and brought up to date, as far as it compiles.
build() {
    local directory=build/$1
    shift
    [[ -f $directory/build.ninja ]] || meson setup "$directory" "$@" || return 1
    ninja -C "$directory" -j "$(nproc)" -k 0
}
