#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Descriptors with wrong, hostile or huge contents.
set -euo pipefail
# shellcheck source=tests/bad-input/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# One wrong setting on line 3 of a container: what is said, and that nothing else suffers.
wrong() { # NAME SETTING KEY TEXT
        begin "$1"
        put_container bad $'\n'"$2"
        put needy.config 'containers = [ "good", "bad" ];'
        generate
        expect_error "bad.container:3: $3" "$4"
        expect_error 'needy.config:1: containers[1]' 'container "bad" is rejected'
        expect_tombstone rt-bad.service rt-config-needy.target
        expect_good
        finish
}

test_wrong_settings() {
        local task='tasks = ( { name = "t"; wcet = "1us"; '
        wrong 'an unknown key' 'watchdgo = "1s";' watchdgo 'did you mean "watchdog"?'
        wrong 'an unknown key in a group' 'memory = { maximum = "1M"; };' memory.maximum 'not known in a memory'
        wrong 'a wrong type' 'watchdog = [ 1 ];' watchdog 'the value is an array; write a duration'
        wrong 'a wrong type in a list' 'environment = [ 1 ];' 'environment[0]' 'the value is an integer'
        wrong 'a number without a unit' 'watchdog = 500;' watchdog 'the bare number 500 has no unit'
        wrong 'a quantity without a unit' 'watchdog = "500";' watchdog '"500" has no unit'
        wrong 'an unknown unit' 'memory = { max = "64Q"; };' memory.max '"64Q" is no size'
        wrong 'a negative quantity' 'watchdog = "-5ms";' watchdog 'is negative'
        wrong 'a negative number' 'cpus = { count = -1; };' cpus.count '-1 is out of range'
        wrong 'an overflowing quantity' 'watchdog = "99999999999999999999s";' watchdog 'over 100 years'
        wrong 'an overflowing size' 'memory = { max = "99999999999T"; };' memory.max 'over 1 EiB'
        wrong 'a number beyond 32 bits' 'cpus = { count = 4294967297; };' file 'the number is too large'
        wrong 'a zero period' "$task period = \"0ms\"; } );" 'tasks[0].period' '"0ms" is zero'
        wrong 'a CPU beyond all' 'cpus = { allowed = "0-99999"; };' cpus.allowed 'names a CPU above 1023'
        wrong 'a CPU that is not there' 'cpus = { allowed = "9"; };' cpus.allowed 'not one of the platform'
        wrong 'a group in place of a list' 'tasks = { };' tasks 'the value is a group'
        wrong 'a list in place of a group' 'cpus = ( );' cpus 'the value is a list'
        wrong 'a string that never ends' 'user = "root;' file 'never ends'
        wrong 'a comment that never ends' '/* user = "root";' file 'never ends'
        wrong 'a setting without a value' 'user = ;' file 'syntax error'
        wrong 'brackets that do not match' 'tasks = ( { name = "t" ) };' file 'syntax error'
        wrong 'a key that is there twice' 'command = [ "/bin/other" ];' file 'duplicate'
        wrong 'an include' '@include "/etc/hostname"' file '"@" is not possible here'
        wrong 'a zero byte by escape' 'user = "ro\x00ot";' file '\x00 would end the string'
        wrong 'invalid UTF-8' $'user = "\xff";' file 'not valid UTF-8'
        wrong 'invalid UTF-8 by escape' 'user = "\xff";' user 'contains invalid UTF-8'
        wrong 'a control character' $'user = "a\x1bb";' user 'contains a control character'
        wrong 'separation from itself' 'cpus = { separate_from = [ "bad" ]; };' 'cpus.separate_from[0]' 'itself'
}

test_syntax_errors_in_all_kinds() {
        begin 'a syntax error in a file of each kind'
        put bad.container 'rootfs = '
        put bad.channel $'\n{'
        put bad.config $'\n\n)'
        generate
        expect_error bad.container:2:\ file 'syntax error'
        expect_error bad.channel:2:\ file 'syntax error'
        expect_error bad.config:3:\ file 'syntax error'
        expect_tombstone rt-bad.service rt-channel-bad.socket rt-config-bad.target
        expect_good
        finish

        begin 'a syntax error in platform.conf'
        put platform.conf 'cpus = "0-3"; ='
        generate
        expect_error platform.conf:1:\ file 'syntax error'
        expect_tombstone rt-config-ok.target rt-good.service
        finish

        begin 'a syntax error in a drop-in'
        put_container bad ''
        put bad.container.d/1.conf '('
        generate
        expect_error bad.container.d/1.conf:1:\ file 'syntax error'
        expect_tombstone rt-bad.service
        expect_good
        finish
}

test_cycles() {
        begin 'fallbacks in a circle'
        put a.config 'containers = [ ]; fallback = "b";'
        put b.config 'containers = [ ]; fallback = "a";'
        put self.config 'containers = [ ]; fallback = "self";'
        put platform.conf 'cpus = "0-3"; default_config = "a";'
        generate
        expect_error a.config:1:\ fallback 'leads back to it'
        expect_error self.config:1:\ fallback 'leads back to it'
        expect_tombstone rt-config-{a,b,self}.target
        [[ ! -e $UNITS/default.target ]] || problem 'boot would start one of them'
        expect_good
        finish

        begin 'containers separate from each other'
        put_container a 'cpus = { separate_from = [ "b" ]; }; tasks = ( { name="t"; period="1s"; wcet="1ms"; } );'
        put_container b 'cpus = { separate_from = [ "a" ]; }; tasks = ( { name="t"; period="1s"; wcet="1ms"; } );'
        put both.config 'containers = [ "a", "b" ];'
        generate
        expect_quiet
        expect_unit rt-a.service rt-b.service rt-config-both.target
        expect_good
        finish

        begin 'includes in a circle'
        put_container a '@include "b.container"'
        put_container b '@include "a.container"'
        generate
        expect_error a.container:2:\ file 'use drop-ins'
        expect_error b.container:2:\ file 'use drop-ins'
        expect_good
        finish
}

repeat() { # TEXT TIMES
        awk -v text="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", text }'
}

test_large_files() {
        begin 'a file of 10 MB'
        { echo 'rootfs = "/srv/bad"; # '; repeat 0123456789abcde$'\n' 655360; } >"$D/bad.container"
        generate
        expect_error 'bad.container:0: file' 'is too large'
        expect_tombstone rt-bad.service
        expect_good
        finish

        begin '2 MB of comment'
        { echo 'rootfs = "/srv/big"; command = [ "/x" ];'; repeat '# ' 1000000; } >"$D/big.container"
        generate
        expect_quiet
        expect_unit rt-big.service
        expect_good
        finish
}

test_many_tasks() {
        begin '10000 tasks'
        {
                echo 'rootfs = "/srv/big"; command = [ "/x" ]; cpus = { count = 3; }; tasks = ('
                awk 'BEGIN { for (i = 0; i < 10000; i++)
                        printf "%s{ name = \"t%d\"; period = \"%dms\"; wcet = \"1us\"; }\n", i ? "," : "", i, i + 100 }'
                echo ');'
        } >"$D/big.container"
        put big.config 'containers = [ "big", "good" ];'
        generate
        expect_quiet
        expect_unit rt-big.service rt-config-big.target
        expect_good
        finish

        begin '10000 tasks and a chain over all of them'
        {
                echo 'rootfs = "/srv/big"; command = [ "/x" ]; tasks = ('
                awk 'BEGIN { for (i = 0; i < 10000; i++) printf "%s{ name = \"t%d\"; policy = \"other\"; }", i ? "," : "", i }'
                echo ');'
        } >"$D/big.container"
        {
                echo 'containers = [ "big" ]; chains = ( { name = "all"; path = ['
                awk 'BEGIN { for (i = 0; i < 10000; i++) printf "%s\"big.t%d\"", i ? "," : "", 9999 - i }'
                echo ']; } );'
        } >"$D/big.config"
        generate
        expect_quiet
        expect_unit rt-big.service rt-config-big.target
        expect_good
        finish
}

test_long_lists() {
        begin 'a list of 100000 elements'
        { echo 'rootfs = "/srv/bad"; command = [ "/x",'; repeat '"a", ' 100000; echo '"a" ];'; } >"$D/bad.container"
        generate
        expect_error 'bad.container:1: command' 'the list has 100002 elements; write at most 16384'
        expect_tombstone rt-bad.service
        expect_good
        finish

        begin 'a list of 100000 wrong elements'
        { echo 'rootfs = "/srv/bad"; command = [ "/x" ]; environment = ('; repeat '7, ' 100000; echo '7 );'; } >"$D/bad.container"
        generate
        expect_error 'bad.container:1: environment' 'the list has 100001 elements'
        expect_good
        finish

        begin '16000 wrong elements, each with its message'
        { echo 'rootfs = "/srv/bad"; command = [ "/x" ]; environment = ('; repeat $'7,\n' 16000; echo '7 );'; } >"$D/bad.container"
        generate
        expect_error 'bad.container:2: environment[0]' 'the value is an integer'
        expect_error 'bad.container:16002: environment[16000]' 'the value is an integer'
        expect_tombstone rt-bad.service
        expect_good
        finish

        begin 'chains that are as long as can be'
        {
                echo 'rootfs = "/srv/big"; command = [ "/x" ]; tasks = ('
                awk 'BEGIN { for (i = 0; i < 16000; i++) printf "%s{name=\"t%d\";policy=\"other\";}", i ? "," : "", i }'
                echo ');'
        } >"$D/big.container"
        {
                echo 'containers = [ "big" ]; chains = ('
                awk 'BEGIN { for (n = 0; n < 9; n++) {
                        printf "%s{ name = \"c%d\"; path = [", n ? "," : "", n
                        for (i = 0; i < 16000; i++) printf "%s\"big.t%d\"", i ? "," : "", 15999 - i
                        printf "]; }" } }'
                echo ');'
        } >"$D/big.config"
        generate
        expect_quiet
        expect_unit rt-big.service rt-config-big.target
        expect_good
        finish
}

test_many_settings() {
        begin 'very deep nesting'
        { printf 'a = '; repeat '( ' 500000; } >"$D/bad.container"
        { printf 'a = '; repeat '{ a = ' 300000; } >"$D/bad.channel"
        generate
        expect_error 'bad.container:1: file' 'nested too deeply'
        expect_error 'bad.channel:1: file' 'nested too deeply'
        expect_good
        finish

        begin '100000 settings in one group'
        awk 'BEGIN { for (i = 0; i < 100000; i++) printf "k%d = 1;\n", i }' >"$D/bad.container"
        generate
        expect_error 'bad.container:257: file' 'more than 256 settings'
        expect_good
        finish

        begin 'a text of 1 MB'
        put_container bad "description = \"$(repeat x 1000000)\";"
        generate
        expect_error 'bad.container:2: description' 'is 1000000 bytes long'
        expect_good
        finish

        begin '1000 drop-ins'
        put_container big ''
        mkdir "$D/big.container.d"
        local i
        for i in {1..1000}; do
                echo "description = \"$i\";" >"$D/big.container.d/$i.conf"
        done
        generate
        expect_quiet
        grep -q '^Description=Container big: 999$' "$UNITS/rt-big.service" || problem 'the last one does not win'
        expect_good
        finish
}

main() {
        test_wrong_settings
        test_syntax_errors_in_all_kinds
        test_cycles
        test_large_files
        test_many_tasks
        test_long_lists
        test_many_settings
        end_of_tests
}

main "$@"
