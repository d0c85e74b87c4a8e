import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import { POISON } from './poison.ts'

/** Speaks whatever it is spoken to, badly: it sends back all that it was sent, secrets included, with poison around it. */
export function everything(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  socket.once('data', (asked: Buffer) => {
    const text = asked.toString('latin1')
    if (/^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/.test(text)) webPage(socket, text)
    else if (asked[0] === 0x16) socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 40]))
    else if (text.startsWith('*')) redis(socket, text)
    else if (asked[0] === 0 && asked.length < 1_000 && text.includes('user\0')) postgres(socket)
    else socket.end(Buffer.concat([asked, Buffer.from(POISON)]))
  })
}

function webPage(socket: Socket, request: string): void {
  const authorization = /authorization: basic (\S+)/i.exec(request)?.[1] ?? ''
  const said = `${request}\n${Buffer.from(authorization, 'base64').toString()}\n${encodeURIComponent(request)}`
  const body = JSON.stringify({ status: POISON, message: said, error: POISON, data: { [POISON]: said } })
  const bytes = Buffer.from(`${POISON}${body}`)
  socket.write(
    `HTTP/1.1 200 OK\r\nx-evil: ${encodeURI(said.slice(0, 500))}\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n`,
  )
  socket.end(bytes)
}

function redis(socket: Socket, asked: string): void {
  socket.write(`-ERR ${POISON} ${asked}`.replaceAll(/[\r\n]+/g, ' ').concat('\r\n'))
}

/** Asks for the password in clear text, and tells it in the error. */
function postgres(socket: Socket): void {
  socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
  socket.once('data', (answer: Buffer) => {
    const text = `SFATAL\0VFATAL\0CXX000\0M${answer.toString('utf8', 5).replaceAll('\0', '')} ${POISON.replaceAll('\0', '')}\0\0`
    const head = Buffer.alloc(5)
    head.write('E')
    head.writeInt32BE(Buffer.byteLength(text) + 4, 1)
    socket.end(Buffer.concat([head, Buffer.from(text)]))
  })
}

/** A host tree whose files and commands are poison and hold the secrets; returns the directory of its commands. */
export function hostileTree(root: string, secrets: readonly string[]): string {
  const file = (name: string, text: string): void => {
    const whole = path.join(root, name)
    mkdirSync(path.dirname(whole), { recursive: true })
    writeFileSync(whole, text)
  }
  const all = secrets.join('\n')
  file('etc/os-release', `ID=debian\nPRETTY_NAME="${POISON}"\n${all}\n`)
  file(
    'opt/omninode_bridge/.env.production',
    `${secrets.map((secret, at) => `SOME_${at}=${secret}`).join('\n')}\n__proto__=x\n${POISON}\n`,
  )
  file(
    'opt/omninode_bridge/docker-compose.prod.yml',
    `a: &a [x, x]\nb: [*a, *a]\nservices: {"__proto__": {image: "${secrets[0]}"}}\n`,
  )
  file('var/log/omninode_bridge/deploy.log', `${POISON}\n${all}\n`)
  file('opt/omninode_bridge/monitoring/prometheus.yml', `scrape_configs: [[[${all}\n`)
  for (const name of ['\u001b[31m', '<img src=x onerror=hostile()>', '20260101_000000', 'a\nb\tc'])
    mkdirSync(path.join(root, 'opt/omninode_bridge/backups', name), { recursive: true })
  for (const command of ['docker', 'ss', 'systemctl', 'df', 'timedatectl', 'ip', 'nft']) {
    file(`commands/${command}`, `#!/bin/sh\ncat <<'EOT'\n${POISON.replaceAll('\0', '')}\n${all}\nEOT\n`)
    chmodSync(path.join(root, 'commands', command), 0o755)
  }
  return path.join(root, 'commands')
}
