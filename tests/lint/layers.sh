#!/bin/sh
# layers.sh [TREE] - who may include what, and that every file says what it is for.
#
# A folder of src includes only the layers below it, each third-party header
# stays in its one place. A rule that no file falls under is a fault of this
# check, so it fails too.
LC_ALL=C
export LC_ALL

tree=${1:-${srcdir:-.}}
cd "$tree" || exit 99

n_files=0
n_includes=0
n_bad=0

bad() {
	echo "$1"
	n_bad=$((n_bad + 1))
}

# Which folders' headers the files of a folder may name.
layers_below() {
	case $1 in
	util)    echo util ;;
	wire)    echo wire util ;;
	dialect) echo dialect wire util ;;
	core)    echo core dialect wire util ;;
	store)   echo store core dialect wire util ;;
	net)     echo net wire util ;;
	client)  echo client util ;;
	cli)     echo cli wire util ;;
	app)     echo app net store core dialect wire util ;;
	*)       return 1 ;;
	esac
}

# Where a header from outside may be named: a pattern of files, or nothing if anywhere.
place_of() {
	case $1 in
	sqlite3.h)                       echo 'src/store/*' ;;
	json-c/*|json.h)                 echo 'src/wire/*' ;;
	uv.h)                            echo 'src/net/* src/app/*' ;;
	systemd/*)                       echo 'src/app/sd.c' ;;
	ini.h)                           echo 'src/app/*' ;;
	libsmartcols.h|libsmartcols/*)   echo 'src/cli/*' ;;
	callmeter.h)                     echo 'src/client/* src/cli/*' ;;
	esac
}

in_place() {	# in_place FILE PATTERN...
	file=$1
	shift
	for pattern; do
		# shellcheck disable=SC2254
		case $file in
		$pattern) return 0 ;;
		esac
	done
	return 1
}

check_include() {	# check_include FILE FOLDER HEADER
	n_includes=$((n_includes + 1))
	set -f
	places=$(place_of "$3")
	if [ -n "$places" ]; then
		# shellcheck disable=SC2086
		in_place "$1" $places || bad "$1: <$3> belongs in $places"
		set +f
		return
	fi
	set +f
	[ -d "src/${3%%/*}" ] || return 0	# libc
	for layer in $below; do
		[ "$layer" = "${3%%/*}" ] && return
	done
	bad "$1: src/$2 may not include $3"
}

# A header of ours is named with its folder, so that the layer shows.
check_quoted() {	# check_quoted FILE HEADER
	case $2 in
	*/*|callmeter.h) ;;
	*) bad "$1: \"$2\" does not name its folder" ;;
	esac
}

# The first thing in a file, or in the header of the same name, is a comment.
check_head() {	# check_head FILE
	for f in "$1" "${1%.c}.h"; do
		[ -e "$f" ] || continue
		first=$(grep -v -e '^#pragma once$' -e '^[[:space:]]*$' "$f" | head -n 1)
		case $first in
		'/*'*) return ;;
		esac
	done
	bad "$1: says nowhere what it is for"
}

for dir in src/*/; do
	folder=$(basename "$dir")
	below=$(layers_below "$folder") || {
		bad "src/$folder: no layer of that name"
		continue
	}
	for file in "$dir"*.[ch]; do
		[ -e "$file" ] || continue
		case $file in
		*_gen.h) continue ;;
		esac
		file=src/$folder/$(basename "$file")
		n_files=$((n_files + 1))
		check_head "$file"
		for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]\([^>"]*\)[>"].*/\1/p' "$file"); do
			check_include "$file" "$folder" "$header"
		done
		for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file"); do
			check_quoted "$file" "$header"
		done
	done
done

for file in sql/*/*.sql; do
	[ -e "$file" ] || continue
	n_files=$((n_files + 1))
	case $(head -n 1 "$file") in
	"-- $(basename "$file")"*) ;;
	*) bad "$file: does not begin with its name and what it is for" ;;
	esac
done
for file in systemd/*.service systemd/*.socket systemd/*.conf; do
	[ -e "$file" ] || continue
	n_files=$((n_files + 1))
	case $(head -n 1 "$file") in
	'#'*) ;;
	*) bad "$file: does not say what it is for" ;;
	esac
done

[ "$n_files" -gt 0 ] || bad "no file was looked at"
[ "$n_includes" -gt 0 ] || bad "no #include was looked at"
echo "$n_files files, $n_includes includes, $n_bad faults"
[ "$n_bad" -eq 0 ]
