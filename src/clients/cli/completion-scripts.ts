export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/**
 * The script that a shell sources. It asks `duck __complete` for the words, so it never falls behind the program:
 * the answer comes from the manifest alone, without a server, in the time of a bare Node start.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# duck completion for bash. Load it with: source <(duck completion bash)
_duck() {
  local line words=("\${COMP_WORDS[@]:1:COMP_CWORD}") prefix=""
  # Bash takes = as a word of its own: put --flag=value together again.
  local joined=() word
  for word in "\${words[@]}"; do
    if (( \${#joined[@]} > 0 )) && [[ $word == "=" || \${joined[-1]} == *= ]]; then joined[-1]+="$word"
    else joined+=("$word"); fi
  done
  if (( \${#joined[@]} > 0 )) && [[ \${joined[-1]} == --*=* ]]; then prefix="\${joined[-1]%%=*}="; fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o default -o filenames 2>/dev/null
    else
      line="\${line%%$'\\t'*}"
      COMPREPLY+=("\${line#"$prefix"}")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${joined[@]}" 2>/dev/null)
}
complete -F _duck duck
`,
  zsh: `#compdef duck
# duck completion for zsh. Load it with: source <(duck completion zsh)
_duck() {
  local line word says
  local -a described
  local files=0
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then files=1; continue; fi
    word="\${line%%$'\\t'*}"
    says="\${line#*$'\\t'}"
    [[ $says == "$line" ]] && says=""
    described+=("\${word//:/\\\\:}\${says:+:$says}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#described} )) && _describe 'duck' described
  (( files )) && _files
  return 0
}
if [[ "\${funcstack[1]}" == "_duck" ]]; then _duck "$@"
else (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }; compdef _duck duck; fi
`,
  fish: `# duck completion for fish. Load it with: duck completion fish | source
function __duck_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c duck -f -a '(__duck_complete)'
`,
}
