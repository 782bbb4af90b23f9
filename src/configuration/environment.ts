/** A setting that the environment can give: its variable, its place in the settings, and how its text is read. */
export interface Variable {
  readonly name: string;
  readonly section: string;
  readonly setting: string;
  readonly isNumber: boolean;
}

function text(name: string, section: string, setting: string): Variable {
  return { name, section, setting, isNumber: false };
}

function number(name: string, section: string, setting: string): Variable {
  return { name, section, setting, isNumber: true };
}

/** All of them. A later one wins, so what is Concord's own goes before what the machine says to everybody. */
export const variables: readonly Variable[] = [
  text('HTTP_PROXY', 'transport', 'httpProxy'),
  text('http_proxy', 'transport', 'httpProxy'),
  text('HTTPS_PROXY', 'transport', 'httpsProxy'),
  text('https_proxy', 'transport', 'httpsProxy'),
  text('NO_PROXY', 'transport', 'noProxy'),
  text('no_proxy', 'transport', 'noProxy'),
  number('CONCORD_PORT', 'server', 'port'),
  text('CONCORD_HOST', 'server', 'host'),
  number('CONCORD_TRUSTED_PROXIES', 'server', 'trustedProxies'),
  text('CONCORD_STORE_URL', 'store', 'url'),
  text('CONCORD_FLUSH', 'store', 'flush'),
  number('CONCORD_MESSAGE_OCTETS', 'sync', 'messageOctets'),
  number('CONCORD_TIMEOUT_MS', 'transport', 'timeoutMs'),
  text('CONCORD_SMTP', 'mail', 'smtp'),
  text('CONCORD_QUEUE_URL', 'queue', 'url'),
  text('CONCORD_LOG_LEVEL', 'log', 'level'),
  number('CONCORD_WATCH_PORT', 'watch', 'port'),
  text('CONCORD_CA_FILE', 'transport', 'caFile'),
];

/** The process's environment, or what stands for it in a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process; read here and nowhere else. */
export function processEnvironment(): Environment {
  return process.env;
}
