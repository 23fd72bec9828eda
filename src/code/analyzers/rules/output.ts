import type { SecurityRule } from "../security/rule.ts"

/** Data that becomes part of what is written: headers, logs, formats. */
export const output: readonly SecurityRule[] = [
  {
    id: "security/header-injection",
    title: "A response header made of data",
    severity: "warning",
    cwe: [113],
    danger: "header",
    message: "{source} becomes a response header in `{callee}`.",
    explanation:
      "Where the server lets line breaks through, the data can add headers and a body of its own. Take out `\\r` and `\\n`, or choose from known values.",
    sinks: [
      {
        in: ["js"],
        call: "{res,response,reply}.{setHeader,header,append,writeHead}",
        args: [1],
        least: "source",
        unless: /content-(?:type|length)/i,
        confidence: 0.5,
      },
      { in: ["php"], call: "^header", least: "source", unless: /location/i },
      { in: ["java"], call: "{response,resp,res}.{setHeader,addHeader}", args: [1], least: "source", confidence: 0.6 },
      { in: ["csharp"], call: "Response.{AddHeader,AppendHeader}", args: [1], least: "source", confidence: 0.6 },
    ],
  },
  {
    id: "security/log-injection",
    title: "A log line made of data",
    severity: "note",
    cwe: [117],
    danger: "header",
    message: "{source} is written into the log by `{callee}` as it came.",
    explanation:
      "Line breaks in the data make log lines that never happened. Log data as a field of a structured line, or take line breaks out.",
    sinks: [
      {
        in: ["python"],
        call: "{logging,logger,log}.{info,warning,error,debug,critical}",
        least: "source",
        needs: /f["']|\+|%|format/,
        confidence: 0.45,
      },
      {
        in: ["java"],
        call: "{log,logger,LOG,LOGGER}.{info,warn,error,debug}",
        least: "source",
        needs: /\+/,
        confidence: 0.45,
      },
      { in: ["go"], call: "log.{Printf,Println,Print}", args: "all", least: "source", unless: /%q/, confidence: 0.4 },
      {
        in: ["csharp"],
        call: "{_logger,logger,log}.{LogInformation,LogWarning,LogError,Info,Error}",
        least: "source",
        needs: /\$"|\+/,
        confidence: 0.45,
      },
    ],
  },
  {
    id: "security/format-string",
    title: "A format that is data",
    severity: "error",
    cwe: [134],
    danger: "format",
    message: "The format of `{callee}` is not constant: {source}.",
    explanation:
      '`%n` and `%s` in the data read and write the program\'s memory. Use a constant format: `printf("%s", text)`.',
    sinks: [
      { in: ["c"], call: "^{printf,vprintf,std.printf}", least: "parameter" },
      { in: ["c"], call: "^{fprintf,syslog,vfprintf,sprintf,dprintf}", args: [1], least: "parameter" },
      { in: ["c"], call: "^{snprintf,vsnprintf}", args: [2], least: "parameter" },
    ],
  },
]
