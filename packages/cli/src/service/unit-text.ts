/** Where a service keeps what it is made of. */
export const servicePaths = {
  /** A folder for each release, and `current`, which leads to one of them. */
  releases: '/opt/cloudbox',
  program: '/opt/cloudbox/current/node_modules/.bin/cloudbox',
  /** What `cloudbox deploy` was told. */
  settings: '/etc/cloudbox/deploy.env',
  /** Settings and secrets of whoever runs it; nobody else touches them. */
  ownSettings: '/etc/cloudbox/cloudbox.env',
  data: '/var/lib/cloudbox',
  readyFile: '/run/cloudbox/ready.json',
  unit: '/etc/systemd/system/cloudbox.service',
} as const

export interface UnitOptions {
  /** The command, whole. */
  readonly program: string
  /** Folder of the Node it runs on. */
  readonly nodeFolder?: string | undefined
}

/** Beyond the grace of requests (10 s), for workers, Postgres and its last checkpoint. */
const stopSeconds = 60

/** A systemd unit that gives the server its folders and its ports, and nothing else of the machine. */
export function unitText({ program, nodeFolder }: UnitOptions): string {
  const path = [...(nodeFolder === undefined ? [] : [nodeFolder]), '/usr/local/bin', '/usr/bin', '/bin']
  return `[Unit]
Description=CloudBox
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=exec
User=cloudbox
Group=cloudbox
Environment=NODE_ENV=production PATH=${path.join(':')} HOME=${servicePaths.data} CLOUDBOX_DATA_DIR=${servicePaths.data} CLOUDBOX_READY_FILE=${servicePaths.readyFile}
EnvironmentFile=-${servicePaths.settings}
EnvironmentFile=-${servicePaths.ownSettings}
ExecStart=${program} start
WorkingDirectory=${servicePaths.data}
StateDirectory=cloudbox
StateDirectoryMode=0700
RuntimeDirectory=cloudbox
RuntimeDirectoryMode=0700
UMask=0077
Restart=on-failure
RestartSec=2
# The server itself ends its workers and Postgres, in order.
KillMode=mixed
TimeoutStopSec=${stopSeconds}
LimitNOFILE=65536

# Ports 80 and 443, without being root.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`
}
