# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Debian trees for the lab and for the examples: made once by mmdebstrap, kept under build/lab/, never booted
# themselves. Sourced by lab.sh and by examples/build-rootfs; sets no traps and runs nothing by itself.

own_codename() {
        # shellcheck source=/dev/null
        (. /etc/os-release && echo "${VERSION_CODENAME:?the lab needs a Debian release that has a code name}")
}

# The release that trees are made of: this machine's own, unless DEBIAN_SUITE names another one.
debian_codename() {
        if [[ -n ${DEBIAN_SUITE:-} ]]; then
                echo "$DEBIAN_SUITE"
        else
                own_codename
        fi
}

# Prints this machine's own Debian sources as one-line entries, from sources.list and from deb822 files alike.
# Only Debian's own suites of the running release count: other vendors' repositories have no place in the lab. Another
# release comes from where this one comes from.
debian_sources() {
        local codename wanted
        codename=$(own_codename)
        wanted=$(debian_codename)
        shopt -s nullglob
        local oneline=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list)
        local deb822=(/etc/apt/sources.list.d/*.sources)
        shopt -u nullglob
        {
                for file in "${oneline[@]}"; do
                        [[ ! -r $file ]] || sources_of_list "$file"
                done
                for file in "${deb822[@]}"; do
                        sources_of_deb822 "$file"
                done
        } | while read -r key uri suite components; do
                is_debian_suite "$codename" "$key" "$suite" "$components" || continue
                echo "deb $uri ${suite/#"$codename"/"$wanted"} main"
        done | sort -u
}

# Both print "KEYRING|- URI SUITE COMPONENTS…", one line for each suite.
sources_of_list() {
        local line key options uri suite components
        while read -r line; do
                [[ $line =~ ^deb[[:space:]]+(\[([^]]*)\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+)[[:space:]]+(.*)$ ]] || continue
                options=${BASH_REMATCH[2]} uri=${BASH_REMATCH[3]} suite=${BASH_REMATCH[4]} components=${BASH_REMATCH[5]}
                key=-
                [[ ! $options =~ signed-by=([^[:space:]]+) ]] || key=${BASH_REMATCH[1]}
                echo "$key $uri $suite $components"
        done <"$1"
}

sources_of_deb822() {
        awk 'function flush(   u, s, i, j, n, m) {
                     if (types ~ /(^| )deb( |$)/ && enabled != "no") {
                             n = split(uris, u, " "); m = split(suites, s, " ")
                             for (i = 1; i <= n; i++)
                                     for (j = 1; j <= m; j++)
                                             print (key == "" ? "-" : key), u[i], s[j], components
                     }
                     types = uris = suites = components = key = enabled = ""
             }
             function value(   v) { v = $0; sub(/^[^:]*:[ \t]*/, "", v); return v }
             /^#/                     { next }
             /^[ \t]*$/               { flush(); next }
             tolower($1) == "types:"      { types = value() }
             tolower($1) == "uris:"       { uris = value() }
             tolower($1) == "suites:"     { suites = value() }
             tolower($1) == "components:" { components = value() }
             tolower($1) == "signed-by:"  { key = value() }
             tolower($1) == "enabled:"    { enabled = tolower(value()) }
             END { flush() }' "$1"
}

is_debian_suite() { # CODENAME KEYRING SUITE COMPONENTS
        case $3 in
        "$1" | "$1-updates" | "$1-security" | "$1/updates") ;;
        *) return 1 ;;
        esac
        [[ $2 == - || ${2##*/} == debian-archive-* ]] && [[ " $4 " == *" main "* ]]
}

# A machine that reaches its sources through a proxy reaches them so from mmdebstrap too.
apt_proxy_options() {
        apt-config dump | grep -E '^Acquire::https?::Proxy(::[^ ]+)? "[^"]+";$' | sed 's/^/--aptopt=/' || true
}

# debian_tree DIR VARIANT PACKAGE… makes DIR, whole or not at all. Ctrl-C is not reported as a failure.
debian_tree() (
        trap 'exit 130' INT
        local dir=$1 variant=$2 codename sources
        shift 2
        codename=$(debian_codename)
        sources=$(debian_sources)
        if [[ -z $sources ]]; then
                echo "No Debian sources for $codename in /etc/apt: the lab cannot be built." >&2
                return 1
        fi

        local proxy
        mapfile -t proxy < <(apt_proxy_options)
        local unfinished=$dir.unfinished.$$
        rm -rf "$unfinished"
        mkdir -p "${dir%/*}"
        # No documentation and translations: the tree is copied for every lab.
        if ! mmdebstrap --quiet --variant="$variant" --include="$(IFS=,; echo "$*")" \
                "${proxy[@]}" \
                --dpkgopt='path-exclude=/usr/share/doc/*' \
                --dpkgopt='path-exclude=/usr/share/man/*' \
                --dpkgopt='path-exclude=/usr/share/locale/*' \
                "$codename" "$unfinished" - <<<"$sources" >"$unfinished.log" 2>&1; then
                tail -n 20 "$unfinished.log" >&2
                rm -rf "$unfinished" "$unfinished.log"
                return 1
        fi
        rm -f "$unfinished.log"
        # Someone else may have been faster; a tree under its final name is complete in any case.
        mv -T "$unfinished" "$dir" 2>/dev/null || rm -rf "$unfinished"
)

# What an interrupted debian_tree of this process has left, and those of processes that are no more.
remove_unfinished_trees() { # CACHE
        local path pid
        for path in "$1"/*.unfinished.*; do
                pid=${path##*.unfinished.}
                pid=${pid%.log}
                if [[ -e $path ]] && { [[ $pid == "$$" ]] || [[ ! -e /proc/$pid ]]; }; then
                        rm -rf --one-file-system "$path"
                fi
        done
}

# cached_tree CACHE LABEL VARIANT PACKAGE… prints the path of a tree that holds these packages. It must not be changed.
cached_tree() {
        local cache=$1 label=$2 variant=$3 key
        shift 3
        key=$(printf '%s\n' "$(debian_codename)" "$variant" "$@" | sha256sum | cut -c1-12)
        local dir=$cache/$label-$key
        if [[ ! -d $dir ]]; then
                echo "Building the Debian tree '$label' (once, then cached)…" >&2
                debian_tree "$dir" "$variant" "$@" >&2 || return
        fi
        echo "$dir"
}
