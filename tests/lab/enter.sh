#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Boots the lab with the examples; runs the command that is given in it, or a shell. For `./dev lab`.
set -euo pipefail
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"

lab_prepare
lab_add_zmq
lab_boot
if (($# > 0)); then
        lab_run "$@"
else
        lab_shell
fi
