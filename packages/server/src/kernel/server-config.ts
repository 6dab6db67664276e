import { Type, type Static } from 'typebox'

/** Settings of the server itself. */
export const serverConfig = Type.Object({
  port: Type.Integer({
    default: 8090,
    minimum: 0,
    maximum: 65535,
    description: 'Port to listen on; 0 takes a free one. 443 with TLS.',
  }),
  host: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 opens it to the network, as TLS does.',
  }),
  domain: Type.String({
    default: '',
    list: true,
    description: 'Names to get certificates for, with commas; that agrees to the terms of the CA.',
  }),
  acmeEmail: Type.String({ default: '', description: 'Where the CA reaches you.' }),
  acmeDirectory: Type.String({
    default: 'https://acme-v02.api.letsencrypt.org/directory',
    description: "The CA to ask; Let's Encrypt unless set.",
  }),
  tlsCert: Type.String({
    default: '',
    description: 'File of a certificate of your own, with its chain (PEM).',
  }),
  tlsKey: Type.String({ default: '', description: 'File of its key.' }),
  httpPort: Type.Integer({
    default: 80,
    minimum: -1,
    maximum: 65535,
    description: 'Port of plain HTTP beside TLS: leads to https, answers the CA; -1 for none.',
  }),
  dataDir: Type.String({
    default: '.cloudbox',
    description: 'Folder of the embedded Postgres and of the local keys.',
  }),
  databaseUrl: Type.String({ default: '', description: 'A Postgres to use instead of the embedded one.' }),
  masterKey: Type.String({
    default: '',
    description: 'Hex of the 32 bytes that seal secrets and sign tokens; kept in the data folder unless set.',
  }),
  publicUrl: Type.String({
    default: '',
    description: 'Where people reach this server, e.g. https://api.example.com; mails and tokens name it.',
  }),
  only: Type.String({
    default: '',
    list: true,
    description: 'Modules to start, with commas, and what they need; all unless set.',
  }),
  trustedProxies: Type.String({
    default: '',
    list: true,
    description: 'Addresses of proxies (IPs and networks, with commas) whose X-Forwarded-For is believed.',
  }),
  ownerEmail: Type.String({
    default: '',
    description: 'Makes the owner of a new installation, without the link of the set-up.',
  }),
  ownerPassword: Type.String({ default: '', description: 'The password of that owner.' }),
  json: Type.Boolean({
    default: false,
    description: 'Print one JSON line when ready instead of the summary.',
  }),
  readyFile: Type.String({
    default: '',
    description: 'File to write that line into when ready, for its owner alone.',
  }),
  logLevel: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'warn',
    description: 'How much to log.',
  }),
  poolSize: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 500,
    description: 'Most connections to Postgres for requests.',
  }),
  statementTimeoutMs: Type.Integer({
    default: 10_000,
    minimum: 100,
    description: 'Longest time a statement may take.',
  }),
  workers: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Processes that answer requests; above 1 the first one supervises them.',
  }),
  shutdownGraceMs: Type.Integer({
    default: 10_000,
    minimum: 0,
    description: 'How long requests under way may take to end when the server stops.',
  }),
  bodyLimitBytes: Type.Integer({
    default: 10_485_760,
    minimum: 1024,
    description: 'Largest body of a request.',
  }),
  diskReserveBytes: Type.Integer({
    default: 268_435_456,
    minimum: 0,
    description: 'The embedded Postgres takes no writes while its disk has less free.',
  }),
  requestTimeoutMs: Type.Integer({
    default: 60_000,
    minimum: 100,
    description: 'Longest time a request may take to arrive.',
  }),
})
export type ServerConfig = Static<typeof serverConfig>
