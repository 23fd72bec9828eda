import type { SecurityRule } from "../security/rule.ts"

/** Data that becomes part of a query: SQL, documents, directories. */
export const queries: readonly SecurityRule[] = [
  {
    id: "security/sql-injection",
    title: "SQL made of data",
    severity: "error",
    cwe: [89],
    danger: "sql",
    message: "{source} becomes part of an SQL statement in `{callee}`.",
    explanation:
      "Whoever chooses the data can end the statement's literal and write SQL of their own: read and change everything the " +
      "account may. Pass values as parameters (`?`, `$1`, `:name`) and never as text; choose names of tables and columns from " +
      "a fixed list.",
    sinks: [
      {
        in: ["js"],
        call: "*.{query,execute,raw,$queryRawUnsafe,$executeRawUnsafe,exec,prepare,unsafe,all,run,whereRaw,orderByRaw,havingRaw,joinRaw}",
        least: "built",
        needs: sqlOf(),
        unless: /\/[a-z]*\.exec\(|(?:\bre|regex\w*|pattern\w*)\.exec\(/i,
      },
      { in: ["js"], call: "*.{$queryRawUnsafe,$executeRawUnsafe,sequelize.query,knex.raw}", least: "source" },
      { in: ["js"], call: "sequelize.literal", least: "built" },
      {
        in: ["python"],
        call: "*.{execute,executemany,executescript,raw,read_sql,read_sql_query,extra}",
        named: ["sql", "query"],
        least: "built",
      },
      {
        in: ["python"],
        call: "{text,sqlalchemy.text,RawSQL,django.db.models.expressions.RawSQL}",
        least: "built",
        needs: sqlOf(),
      },
      {
        in: ["go"],
        call: "*.{Query,QueryRow,Exec,Prepare,Raw,Queryx,MustExec,NamedExec}",
        least: "built",
        needs: sqlOf(),
      },
      {
        in: ["go"],
        call: "*.{QueryContext,QueryRowContext,ExecContext,PrepareContext,Get,Select}",
        args: [1],
        least: "built",
        needs: sqlOf(),
      },
      {
        in: ["java"],
        call: "*.{executeQuery,executeUpdate,execute,executeLargeUpdate,addBatch,prepareStatement,prepareCall,createQuery,createNativeQuery,createSQLQuery,nativeSQL,batchUpdate,queryForObject,queryForList,queryForMap,queryForRowSet,queryForLong,queryForInt}",
        least: "built",
      },
      { in: ["java"], call: "{jdbcTemplate,jdbc,template,JDBCtemplate}.{query,update}", least: "built" },
      {
        in: ["rust"],
        call: "{sqlx.query,sqlx.query_as,sqlx.query_scalar,diesel.sql_query,sql_query,query_unchecked}",
        least: "built",
      },
      {
        in: ["rust"],
        call: "*.{execute,query,query_one,prepare,batch_execute,simple_query,query_row,execute_batch}",
        least: "built",
        needs: sqlOf(),
      },
      {
        in: ["php"],
        call: "*.{query,exec,prepare,executeQuery,executeStatement,whereRaw,selectRaw,orderByRaw,havingRaw,createQuery}",
        least: "built",
      },
      { in: ["php"], call: "DB.{select,insert,update,delete,statement,unprepared,raw}", least: "built" },
      { in: ["php"], call: "^{mysql_query,pg_query,sqlite_query,mssql_query,odbc_exec}", args: "all", least: "built" },
      {
        in: ["php"],
        call: "^{mysqli_query,mysqli_multi_query,mysqli_prepare,pg_query,sqlsrv_query}",
        args: [1],
        least: "built",
      },
      {
        in: ["ruby"],
        call: "*.{where,find_by_sql,execute,exec_query,select_all,order,group,having,joins,from,pluck,update_all,delete_all,exists?,select,calculate,reorder,find_by,count_by_sql}",
        least: "built",
        needs: /["'`%]/,
        unless: /\b(?:Dir|File|Find|Enumerable)\b/,
      },
      { in: ["ruby"], call: "Arel.sql", least: "built" },
      {
        in: ["csharp"],
        call: "new {SqlCommand,MySqlCommand,NpgsqlCommand,OracleCommand,OleDbCommand,OdbcCommand,SqliteCommand,SqlDataAdapter,SQLiteCommand}",
        least: "built",
      },
      {
        in: ["csharp"],
        call: "*.{ExecuteSqlRaw,ExecuteSqlCommand,FromSqlRaw,SqlQueryRaw,ExecuteSqlRawAsync,SqlQuery}",
        least: "built",
      },
      { in: ["csharp"], assign: "*.CommandText", least: "built" },
      {
        in: ["c"],
        call: "{mysql_query,sqlite3_exec,PQexec,mysql_real_query,sqlite3_prepare,sqlite3_prepare_v2}",
        args: [1],
        least: "built",
      },
    ],
  },
  {
    id: "security/nosql-injection",
    title: "A query object made of data",
    severity: "error",
    cwe: [943],
    danger: "data",
    message: "{source} becomes a query of a document database in `{callee}`.",
    explanation:
      'A body parsed from JSON can be an object with operators (`{"$gt": ""}`) where text was expected, and `$where` runs code. ' +
      "Check the type of each value, or wrap it in `$eq`.",
    sinks: [
      {
        in: ["js"],
        call: "*.{find,findOne,findOneAndUpdate,findOneAndDelete,updateOne,updateMany,deleteOne,deleteMany,countDocuments,aggregate,findOneAndReplace,remove}",
        least: "source",
        unless: /\$eq|String\(|\.toString\(|=>/,
        confidence: 0.65,
      },
      { in: ["js"], pair: "$where", least: "built" },
      { in: ["js"], call: "*.$where", least: "built" },
      {
        in: ["python"],
        call: "*.{find_one,delete_one,delete_many,update_one,update_many,find_one_and_update}",
        least: "source",
        unless: /\$eq|str\(/,
        confidence: 0.5,
      },
      { in: ["python"], pair: "$where", least: "built" },
      {
        in: ["php"],
        call: "*.{findOne,deleteMany,updateMany}",
        least: "source",
        unless: /\(string\)|strval/,
        confidence: 0.5,
      },
    ],
  },
  {
    id: "security/ldap-injection",
    title: "An LDAP filter made of data",
    severity: "error",
    cwe: [90],
    danger: "ldap",
    message: "{source} becomes part of an LDAP query in `{callee}`.",
    explanation:
      "`*`, `(` and `)` change what a filter matches, up to logging in as anyone. Escape by RFC 4515, with the library's own function.",
    sinks: [
      { in: ["js"], call: "{client,ldap,ldapClient}.search", args: "all", least: "built" },
      { in: ["python"], call: "*.{search_s,search_ext_s,search_st,search_ext}", args: "all", least: "built" },
      { in: ["python"], call: "{conn,connection,ldap}.search", args: "all", least: "built", needs: /\(\w+=|filter/i },
      { in: ["java"], call: "{ctx,context,idc,dirContext,ldapTemplate,dirCtx}.search", args: "all", least: "built" },
      { in: ["php"], call: "^{ldap_search,ldap_list,ldap_read}", args: [1, 2], least: "built" },
      { in: ["go"], call: "ldap.NewSearchRequest", args: "all", least: "built" },
      { in: ["csharp"], assign: "{searcher,ds,directorySearcher}.Filter", least: "built" },
      { in: ["csharp"], call: "new DirectorySearcher", args: "all", least: "built" },
      { in: ["ruby"], call: "Net.LDAP.Filter.construct", least: "built" },
    ],
  },
  {
    id: "security/xpath-injection",
    title: "An XPath expression made of data",
    severity: "error",
    cwe: [643],
    danger: "xpath",
    message: "{source} becomes part of an XPath expression in `{callee}`.",
    explanation:
      "A quote in the data ends the literal and changes what is selected. Bind variables, or compare in code.",
    sinks: [
      { in: ["js"], call: "{xpath.select,xpath.select1,xpath.parse,document.evaluate}", least: "built" },
      { in: ["python"], call: "*.{xpath,XPath}", least: "built" },
      { in: ["java"], call: "{xp,xpath,xPath,path}.{evaluate,compile}", least: "built" },
      { in: ["php"], call: "{$xpath,$xp,$domxpath}.{query,evaluate}", least: "built" },
      { in: ["csharp"], call: "*.{SelectNodes,SelectSingleNode,XPathSelectElement,XPathEvaluate}", least: "built" },
      {
        in: ["go"],
        call: "{xmlquery,xmlpath,htmlquery}.{Find,FindOne,Compile,MustCompile}",
        args: "all",
        least: "built",
      },
      { in: ["ruby"], call: "{doc,document,xml}.{xpath,at_xpath}", least: "built" },
    ],
  },
]

/** Words of SQL somewhere in the call: what else is named `query` or `exec` is not meant. A variable may hold them. */
function sqlOf(): RegExp {
  return /\b(?:select|insert|update|delete|from|where|drop|alter|create|order by|union|values|set)\b|\(\s*[\w.$&]*(?:sql|query|stmt|statement|q|cmd|command)\b/i
}
