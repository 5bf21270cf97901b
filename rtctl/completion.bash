# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Bash completion for rtctl(1). Works with and without the bash-completion package. tests/docs compares the verbs and
# options with those of rtctl itself.

# The words as a person sees them: readline splits "--json=short" at the "=".
# Sets words (without the command), current (the one to complete) and its prefix that readline keeps for itself.
_rtctl_split_line() {
        local i word glue=0
        words=() current='' kept=''
        for ((i = 1; i <= COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]-}
                if ((glue)) || [[ $word == = && $i -gt 1 && (${words[-1]-} == --* || ${COMP_WORDS[i - 2]} == --what-if) ]]; then
                        words[-1]+=$word
                        glue=0
                        if [[ $word == = ]]; then glue=1; fi
                else
                        words+=("$word")
                fi
        done
        if ((${#words[@]} > 0)); then
                current=${words[-1]}
                unset 'words[-1]'
        fi
        if [[ $current == --*=* && $COMP_WORDBREAKS == *=* ]]; then
                kept=${current%%=*}=
        fi
}

# Prints what is declared: KIND NAME, one object a line.
_rtctl_objects() {
        local word previous='' root=()
        for word in "${words[@]}"; do
                if [[ $previous == --root ]]; then word=--root=$word; fi
                if [[ $word == --root=* ]]; then root=("${word/#--root=\~\//--root=$HOME/}"); fi
                previous=$word
        done
        rtctl --no-pager "${root[@]}" list 2>/dev/null | awk 'NR > 1 { print $1, $2 }'
}

_rtctl_objects_of() { # KIND
        _rtctl_objects | awk -v kind="$1" '$1 == kind { print $2 }'
}

_rtctl_names() {
        local kind name
        while read -r kind name; do
                echo "$name"
                if [[ $current == *.* ]]; then
                        if [[ $kind == platform ]]; then echo platform.conf; else echo "$name.$kind"; fi
                fi
        done < <(_rtctl_objects)
}

# Objects, and the units that they are sure to have.
_rtctl_names_and_units() {
        local kind name
        while read -r kind name; do
                echo "$name"
                case $kind in
                container) echo "rt-$name.service" ;;
                config)
                        echo "rt-config-$name.target"
                        echo "rt-config-$name.service"
                        ;;
                esac
        done < <(_rtctl_objects)
}

_rtctl() {
        local words current kept word previous='' verb='' names=0 candidates=''
        local takes_value='^--(root|json|what-if|output|duration|priority|cpus|margin)$'
        _rtctl_split_line
        for word in "${words[@]}"; do
                if [[ $word != -* && ! $previous =~ $takes_value ]]; then
                        if [[ -z $verb ]]; then verb=$word; else names=$((names + 1)); fi
                fi
                previous=$word
        done
        # "--root DIR" is as good as "--root=DIR".
        if [[ $previous =~ $takes_value ]]; then
                current=$previous=$current kept=$previous=
        fi

        COMPREPLY=()
        case $current in
        --root=*)
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -d -- "${current#*=}")
                if [[ -z $kept ]]; then COMPREPLY=("${COMPREPLY[@]/#/--root=}"); fi
                return
                ;;
        --output=*)
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -- "${current#*=}")
                if [[ -z $kept ]]; then COMPREPLY=("${COMPREPLY[@]/#/--output=}"); fi
                return
                ;;
        --json=*)
                candidates='--json=off --json=short --json=pretty'
                ;;
        --what-if=*)
                compopt -o nospace 2>/dev/null
                candidates=$(_rtctl_objects | while read -r _ word; do echo "--what-if=$word."; done)
                ;;
        -*)
                candidates='--json= --no-pager --help --version'
                if [[ ! $verb =~ ^(status|measure)$ ]]; then candidates+=' --root='; fi
                if [[ -z $verb || $verb == check ]]; then candidates+=' --strict'; fi
                if [[ ! $verb =~ ^(bake|status|doctor|measure)$ ]]; then candidates+=' --what-if='; fi
                if [[ ! $verb || $verb =~ ^(plot|measure)$ ]]; then candidates+=' --output='; fi
                if [[ ! $verb || $verb == measure ]]; then
                        candidates+=' --duration= --priority= --cpus= --margin= --force'
                fi
                if [[ -z $verb || $verb == status ]]; then candidates+=' --watch'; fi
                compopt -o nospace 2>/dev/null
                ;;
        *)
                case $verb in
                '') candidates='check analyze plot list cat explain status doctor measure bake' ;;
                analyze | plot) candidates=$(_rtctl_objects_of config) ;;
                status) candidates=$(_rtctl_objects_of container && _rtctl_objects_of channel) ;;
                cat) candidates=$(_rtctl_names) ;;
                explain) if ((names == 0)); then candidates=$(_rtctl_names_and_units); fi ;;
                esac
                ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
        COMPREPLY=("${COMPREPLY[@]#"$kept"}")
        # An option that takes no value is complete.
        if ((${#COMPREPLY[@]} == 1)) && [[ $current == -* && ${COMPREPLY[0]} != *= ]]; then
                compopt +o nospace 2>/dev/null
        fi
}

complete -F _rtctl rtctl
