import { nameIndex } from "./patterns.ts"
import type { Family } from "./rule.ts"
import type { Danger } from "./value.ts"

/** Names of data that strangers choose: by their beginning, at the end of which a name must end too. */
const patterns: Readonly<Record<Family, RegExp>> = {
  js: /(?:^|\.)(?:(?:req|request|ctx\.request|ctx\.req)\.(?:query|params|param|body|headers?|cookies|url|originalUrl|files?|rawBody|hostname|text|json|formData|get|nextUrl|signedCookies|path)|ctx\.(?:query|params|cookies)|process\.(?:argv|stdin)|(?:window\.|document\.|self\.|globalThis\.)?location\.(?:search|hash|href|pathname)|document\.(?:URL|documentURI|referrer|cookie|location)|window\.name|event\.(?:queryStringParameters|pathParameters|body|headers)|(?:searchParams|urlParams)\.(?:get|getAll))(?=\.|$)/,
  python:
    /(?:^|\.)(?:request\.(?:args|form|values|json|data|GET|POST|COOKIES|META|FILES|headers|files|cookies|get_json|get_data|query_params|path_params|query_string|body|stream|path|full_path|url|params|match_info|rel_url|query)|sys\.(?:argv|stdin)|os\.(?:environ|getenv)|self\.(?:get_argument|get_query_argument|get_body_argument))(?=\.|$)|^(?:input|raw_input)$/,
  go: /(?:^|\.)(?:(?:r|req|request)\.(?:URL|FormValue|PostFormValue|Form|PostForm|Header|Body|Host|RequestURI|Cookie|Cookies|PathValue|MultipartForm|UserAgent|Referer)|mux\.Vars|chi\.URLParam|(?:c|ctx)\.(?:Param|Params|Query|QueryParam|DefaultQuery|PostForm|DefaultPostForm|FormValue|GetHeader|Cookie|Cookies|GetRawData|BodyParser|Body)|os\.(?:Args|Getenv|Stdin))(?=\.|$)/,
  java: /(?:^|\.)(?:(?:req|request|httpRequest|servletRequest|httpServletRequest)\.(?:getParameter|getParameterValues|getParameterMap|getParameterNames|getHeader|getHeaders|getHeaderNames|getQueryString|getCookies|getInputStream|getReader|getRequestURI|getRequestURL|getPathInfo|getPart|getParts|getServletPath|getTheParameter|getTheValue)|System\.getenv|exchange\.getRequest)(?=\.|$)/,
  rust: /(?:^|\.)(?:env\.(?:args|args_os|var|var_os|vars)|stdin|req\.(?:query_string|headers|match_info|uri|path))(?=\.|$)/,
  c: /^(?:getenv|secure_getenv|std\.getenv|argv)(?=\.|$)/,
  php: /^(?:\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER)|\$argv|getenv|\$request\.(?:input|get|query|all|post|cookie|header|route|getContent|request|getQueryParams|getParsedBody|getQueryParam)|\$this\.request\.(?:getParam|getPost|getQuery))(?=\.|$)/,
  ruby: /^(?:self\.)?(?:params|cookies|request\.(?:env|headers|params|body|query_string|url|path|fullpath|GET|POST|referer|raw_post|user_agent|parameters)|ARGV|ENV|gets|STDIN|\$stdin)(?=\.|$)/,
  csharp:
    /(?:^|\.)(?:(?:Request|HttpContext\.Request|context\.Request|req)\.(?:QueryString|Query|Form|Headers|Cookies|Params|Path|Body|RawUrl|Files|Url|InputStream|RouteValues)|Console\.ReadLine|Environment\.(?:GetEnvironmentVariable|GetCommandLineArgs))(?=\.|$)/,
}

/** What a stranger chooses of whom the program is: its command line and environment are its user's own. */
const ownUser =
  /(?:^|\.)(?:process\.(?:argv|stdin)|sys\.(?:argv|stdin)|os\.(?:environ|getenv|Args|Getenv|Stdin)|System\.getenv|env\.\w+|stdin|getenv|secure_getenv|argv|\$argv|ARGV|ENV|gets|STDIN|\$stdin|Console\.ReadLine|Environment\.\w+|input|raw_input)(?=\.|$)/

/** The source that a dotted name begins with; its user's own data is trusted more. */
export function sourceOf(
  path: string,
  family: Family,
): { readonly says: string; readonly trust: number; readonly isOwn: boolean } | undefined {
  const found = patterns[family].exec(path)
  if (!found) return undefined
  const says = path.slice(0, found.index + found[0].length).replace(/^\./, "")
  const isOwn = ownUser.test(says)
  return { says, trust: isOwn ? 0.75 : 1, isOwn }
}

/** Parameters whose declaration says that a framework fills them from the request. */
export const sourceParameter =
  /@(?:RequestParam|PathVariable|RequestBody|RequestHeader|CookieValue|QueryParam|PathParam|FormParam|HeaderParam|ModelAttribute)\b|\[From(?:Query|Route|Body|Header|Form)|:\s*(?:web::|extract::)?(?:Query|Path|Json|Form)\s*<|@(?:Query|Param|Body|Headers|Req)\(/

/** Parameters of types that hold nothing but a number, a date or yes and no. */
export const harmlessType =
  /(?:^|[:\s<(])(?:u?int(?:8|16|32|64)?|long|short|byte|u8|u16|u32|u64|u128|usize|i8|i16|i32|i64|i128|isize|f32|f64|float(?:32|64)?|double|decimal|bool|boolean|Boolean|Integer|Long|Double|Float|number|bigint|uuid|UUID|Uuid|Guid|Date|DateTime|datetime|date|LocalDate|Duration|time\.Duration|size_t)(?=$|[\s,)>?=])/

const everything: readonly Danger[] = [
  "sql",
  "command",
  "code",
  "html",
  "path",
  "url",
  "ldap",
  "xpath",
  "header",
  "data",
  "regex",
  "format",
]

/** Functions that make data harmless for these dangers. */
const cleaners: readonly (readonly [names: string, dangers: readonly Danger[]])[] = [
  // Numbers, yes and no, digests.
  [
    "{Number,parseInt,parseFloat,Boolean,BigInt,isNaN,int,float,bool,len,hash,ord,intval,floatval,boolval,count,strlen,atoi,atol,strtol,to_i,to_f,sizeof}",
    everything,
  ],
  [
    "{Atoi,ParseInt,ParseFloat,ParseBool,ParseUint,valueOf,parseLong,parseDouble,parseBoolean,ToInt32,ToInt64,TryParse}",
    everything,
  ],
  ["{UUID.fromString,uuid.UUID,uuid.Parse,Uuid.parse_str,Guid.Parse,int.Parse,Int32.Parse,DateTime.Parse}", everything],
  [
    "{toFixed,digest,hexdigest,hexDigest,size,length,indexOf,isdigit,isalnum,hashCode,exists,is_file,existsSync}",
    everything,
  ],
  [
    "{escapeId,escapeLiteral,escapeIdentifier,mysql_real_escape_string,mysqli_real_escape_string,real_escape_string,quote_identifier,QuoteIdentifier,quoteIdentifier,sanitize_sql,sanitize_sql_like,pg_escape_string,encodeForSQL,quote_ident,quote_literal}",
    ["sql"],
  ],
  [
    "{mysql.escape,connection.escape,pool.escape,db.escape,conn.escape,pdo.quote,$pdo.quote,$db.quote,connection.quote,sql.Identifier,sql.Literal}",
    ["sql"],
  ],
  [
    "{shlex.quote,pipes.quote,shellescape,Shellwords.escape,escapeshellarg,escapeshellcmd,shellQuote,shellEscape,shellQuote.quote,encodeForOS}",
    ["command"],
  ],
  [
    "{encodeURIComponent,encodeURI,quote_plus,urlencode,rawurlencode,QueryEscape,PathEscape,UrlEncode,url_encode}",
    ["html", "url", "path", "header"],
  ],
  [
    "{urllib.parse.quote,URLEncoder.encode,Uri.EscapeDataString,CGI.escape,ERB.Util.url_encode}",
    ["html", "url", "path", "header"],
  ],
  [
    "{escapeHtml,escapeHTML,htmlEscape,escape_html,html_escape,htmlspecialchars,htmlentities,HTMLEscapeString,HtmlEncode,sanitizeHtml,sanitize,strip_tags,encodeForHTML,encodeForHTMLAttribute,encodeForJavaScript,escapeXml,escapeHtml4,htmlEscape,JSEscapeString,linkify,escapeXSS}",
    ["html"],
  ],
  [
    "{html.escape,html.EscapeString,markupsafe.escape,bleach.clean,DOMPurify.sanitize,he.encode,he.escape,_.escape,lodash.escape,cgi.escape,template.HTMLEscaper,xss,h,Encode.forHtml,CGI.escapeHTML,Sanitize.fragment}",
    ["html"],
  ],
  [
    "{basename,secure_filename,sanitize_filename,sanitizeFilename,GetFileName,getName,path.basename,os.path.basename,filepath.Base,path.Base,FilenameUtils.getName,File.basename,file_name,safe_join,filepath.IsLocal,securejoin.SecureJoin,SecureJoin}",
    ["path"],
  ],
  ["{encodeForLDAP,escape_filter_chars,ldap_escape,escapeFilter,EscapeFilter,encodeForDN,filterEncode}", ["ldap"]],
  ["{encodeForXPath,quoteattr,saxutils.escape}", ["xpath"]],
  [
    "{escapeRegExp,escapeStringRegexp,re.escape,Regexp.escape,preg_quote,Pattern.quote,QuoteMeta,Regex.Escape,regex.escape,RegExp.escape}",
    ["regex"],
  ],
]

const cleanerNames = nameIndex(
  cleaners.flatMap(([names, dangers]) =>
    names
      .slice(1, -1)
      .split(",")
      .map((name) => [name, dangers] as const),
  ),
)

/** What the function of a dotted name makes harmless; undefined where it is no such function. */
export function cleaned(path: string): readonly Danger[] | undefined {
  const found = cleanerNames.find(path)
  return found.length > 0 ? found.flat() : undefined
}

/** Words in a condition that say that a value is looked at before it is used. */
export const checks =
  /\b(?:includes|has|contains|containsKey|indexOf|startsWith|startswith|start_with\?|StartsWith|HasPrefix|test|match|matches|fullmatch|in_array|array_key_exists|isIn|in|allow\w*|valid\w*|is_?[Vv]alid\w*|is_?[Aa]llowed\w*|is_?[Ss]afe\w*|is_relative_to|IsLocal|ctype_\w+|isinstance|typeof|starts_with|Contains|include\?|hasOwn|hasOwnProperty)\b/i
