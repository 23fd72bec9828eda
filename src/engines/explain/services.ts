/** Data stores and services by the packages through which programs speak to them. */
const known: readonly { readonly name: string; readonly kind: string; readonly modules: RegExp }[] = [
  {
    name: "PostgreSQL",
    kind: "database",
    modules:
      /^(?:pg|postgres|pg-promise|psycopg2?|asyncpg|postgrex|github\.com\/(?:lib\/pq|jackc\/pgx)\b.*|tokio_postgres|org\.postgresql\b.*)$/,
  },
  {
    name: "MySQL",
    kind: "database",
    modules: /^(?:mysql2?|mysql2\/promise|pymysql|MySQLdb|github\.com\/go-sql-driver\/mysql)$/,
  },
  {
    name: "SQLite",
    kind: "database",
    modules: /^(?:node:sqlite|better-sqlite3|sqlite3|rusqlite|github\.com\/mattn\/go-sqlite3)\b/,
  },
  { name: "MongoDB", kind: "database", modules: /^(?:mongodb|mongoose|pymongo|motor|go\.mongodb\.org\/.*)$/ },
  { name: "Redis", kind: "store", modules: /^(?:redis|ioredis|aioredis|github\.com\/(?:go-redis|redis)\/.*)$/ },
  { name: "Elasticsearch", kind: "search", modules: /^(?:@elastic\/elasticsearch|elasticsearch)$/ },
  {
    name: "Kafka",
    kind: "queue",
    modules: /^(?:kafkajs|kafka|confluent_kafka|github\.com\/segmentio\/kafka-go|org\.apache\.kafka\b.*)$/,
  },
  { name: "RabbitMQ", kind: "queue", modules: /^(?:amqplib|amqp|pika|aio_pika|github\.com\/rabbitmq\/.*)$/ },
  { name: "NATS", kind: "queue", modules: /^(?:nats|@nats-io\/.*|github\.com\/nats-io\/.*)$/ },
  { name: "AWS", kind: "cloud", modules: /^(?:aws-sdk|@aws-sdk\/.*|boto3|botocore|github\.com\/aws\/.*)$/ },
  { name: "Google Cloud", kind: "cloud", modules: /^(?:@google-cloud\/.*|google\.cloud\b.*|cloud\.google\.com\/.*)$/ },
  { name: "Azure", kind: "cloud", modules: /^(?:@azure\/.*|azure\b.*)$/ },
  { name: "Stripe", kind: "service", modules: /^(?:stripe|github\.com\/stripe\/.*)$/ },
  { name: "OpenAI", kind: "service", modules: /^openai$/ },
  { name: "Anthropic", kind: "service", modules: /^(?:@anthropic-ai\/sdk|anthropic)$/ },
  { name: "SQL through Prisma", kind: "database", modules: /^@prisma\/client$/ },
  {
    name: "SQL through an object mapper",
    kind: "database",
    modules:
      /^(?:typeorm|sequelize|knex|kysely|drizzle-orm(?:\/.*)?|sqlalchemy(?:\..*)?|django\.db(?:\..*)?|diesel|sqlx|gorm\.io\/gorm|ecto|jakarta\.persistence\b.*|javax\.persistence\b.*)$/,
  },
  { name: "HTTP", kind: "client", modules: /^(?:axios|undici|got|node-fetch|requests|httpx|aiohttp|reqwest)$/ },
  {
    name: "HTTP",
    kind: "server",
    modules:
      /^(?:express|fastify|koa|hono|@hapi\/hapi|flask|fastapi|django\.http|axum|actix_web|github\.com\/(?:gin-gonic\/gin|labstack\/echo).*|org\.springframework\.web\b.*)$/,
  },
]

export const serviceOf = (module: string): { readonly name: string; readonly kind: string } | undefined => {
  const found = known.find(({ modules }) => modules.test(module))
  return found && { name: found.name, kind: found.kind }
}
