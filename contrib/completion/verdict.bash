# Completion of `verdict` in bash.  `make install` puts it where bash-completion
# finds it.  Subcommands and options are those that the installed program names.
# shellcheck shell=bash

_verdict_words() {
	"$@" --help 2>/dev/null </dev/null
}

_verdict_subcommands() {
	_verdict_words "$@" | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

# What stands alone after a subcommand.
_verdict_operand() {
	case $1/$2 in
	check/*) compgen -f -- "$3" ;;
	setup/*) compgen -W "postfix sendmail" -- "$3" ;;
	trace/on | trace/off | cache/show) ;;
	trace/*) compgen -W "on off" -- "$3" ;;
	cache/*) compgen -W "show flush" -- "$3" ;;
	history/history) compgen -W "$(_verdict_subcommands "${COMP_WORDS[0]}" history)" -- "$3" ;;
	esac
}

_verdict() {
	local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=("${COMP_WORDS[1]}")
	COMPREPLY=()
	if [ "${command[0]}" = history ] && [ "$COMP_CWORD" -gt 2 ]; then
		command+=("${COMP_WORDS[2]}")
	fi
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_verdict_subcommands "$program") --help --version" -- "$word")
		return
	fi
	case $before in
	--by) mapfile -t COMPREPLY < <(compgen -W "from client selector shape action rule day" -- "$word") ;;
	--config | -c | --html | --in-force | --save | --socket | --textfile | --postconf | --sendmail | --from-*)
		mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	--action) mapfile -t COMPREPLY < <(compgen -W "accept quarantine reject tempfail discard" -- "$word") ;;
	--mta-config) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	*)
		if [[ $before == --* ]] && _verdict_words "$program" "${command[@]}" |
			grep -qE -e "$before [A-Z]"; then
			return
		elif [[ $word == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_verdict_words "$program" "${command[@]}" |
				grep -oE -e '--[a-z]+(-[a-z]+)*' | sort -u)" -- "$word")
		else
			mapfile -t COMPREPLY < <(_verdict_operand "${COMP_WORDS[1]}" "$before" "$word")
		fi ;;
	esac
}

complete -o filenames -F _verdict verdict
