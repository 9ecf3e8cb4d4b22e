#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py INPUT OUTPUT NAME: a C file that defines NAME and NAME_size, declared in NAME.h, as the bytes of INPUT."""

import sys
from pathlib import Path

PER_LINE = 20


def main(source, target, name):
    data = Path(source).read_bytes()
    lines = [",".join(map(str, data[i:i + PER_LINE])) for i in range(0, len(data), PER_LINE)]
    body = ",\n".join(lines)
    Path(target).write_text(f'#include "{name}.h"\n\n'
                            f"const uint8_t {name}[] = {{\n{body}\n}};\n"
                            f"const size_t {name}_size = sizeof {name};\n")


main(*sys.argv[1:])
