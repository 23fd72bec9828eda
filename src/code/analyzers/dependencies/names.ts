import { builtinModules } from "node:module"

const builtin = new Set(builtinModules)

/** The package of a bare import: "@a/b/c" is of "@a/b". Undefined for files, built-in modules and aliases. */
export function nodePackage(module: string): string | undefined {
  if (/^(?:[./~#]|@\/|node:|bun:|https?:|data:|virtual:|\$)/.test(module) || /[?!*{}$\s]/.test(module)) return undefined
  const parts = module.split("/")
  const name = module.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "")
  if (builtin.has(name) || !/^(?:@[\w.-]+\/)?[\w.-]+$/.test(name) || (module.startsWith("@") && parts.length < 2))
    return undefined
  return name
}

/** Where a Python package is imported by another name than it is installed by. */
export const importedAs: Readonly<Record<string, string>> = {
  yaml: "pyyaml",
  PIL: "pillow",
  cv2: "opencv-python",
  bs4: "beautifulsoup4",
  sklearn: "scikit-learn",
  dateutil: "python-dateutil",
  dotenv: "python-dotenv",
  jwt: "pyjwt",
  MySQLdb: "mysqlclient",
  psycopg2: "psycopg2-binary",
  serial: "pyserial",
  attr: "attrs",
  google: "google-api-python-client",
  Crypto: "pycryptodome",
  OpenSSL: "pyopenssl",
  git: "gitpython",
  magic: "python-magic",
  docx: "python-docx",
  jose: "python-jose",
  rest_framework: "djangorestframework",
  skimage: "scikit-image",
  websocket: "websocket-client",
  pkg_resources: "setuptools",
}

/** As package indexes compare names. */
export const pythonName = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-")
