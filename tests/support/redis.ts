import { createServer, type Socket } from 'node:net'

/** A server that speaks enough of RESP 2 to replay what Redis answers; it keeps every command it was sent. */
export interface TestRedis extends AsyncDisposable {
  readonly port: number
  readonly commands: string[]
}

/** What a Redis 7 with `requirepass` really replies, recorded by hand over a socket. */
const NOAUTH = '-NOAUTH Authentication required.\r\n'
const WRONGPASS = '-WRONGPASS invalid username-password pair or user is disabled.\r\n'

/** Starts one; `replies` maps a command, as words, to its literal reply; `password` undefined means that none is asked for. */
export async function startRedis(replies: Readonly<Record<string, string>>, password?: string): Promise<TestRedis> {
  const commands: string[] = []
  const server = createServer((socket) => serve(socket, { replies, password, commands }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    commands,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A bulk string as RESP writes it. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

interface Serving {
  readonly replies: Readonly<Record<string, string>>
  readonly password: string | undefined
  readonly commands: string[]
}

function serve(socket: Socket, { replies, password, commands }: Serving): void {
  let isAuthenticated = password === undefined
  let buffered = ''
  const reply = (words: readonly string[]): string => {
    if (words[0] === 'AUTH') {
      isAuthenticated = words.at(-1) === password
      return isAuthenticated ? '+OK\r\n' : WRONGPASS
    }
    if (!isAuthenticated) return NOAUTH
    if (words[0] === 'CLIENT') return '+OK\r\n'
    return replies[words.join(' ')] ?? `-ERR unknown command '${words[0] ?? ''}'\r\n`
  }
  socket.setEncoding('utf8').on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    buffered += chunk
    for (;;) {
      const parsed = firstCommand(buffered)
      if (parsed === undefined) return
      buffered = parsed.rest
      commands.push(parsed.words.join(' '))
      socket.write(reply(parsed.words))
    }
  })
}

function firstCommand(text: string): { readonly words: string[]; readonly rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return undefined
  let rest = text.slice(head[0].length)
  const words: string[] = []
  for (let word = 0; word < Number(head[1]); word += 1) {
    const length = /^\$(\d+)\r\n/.exec(rest)
    if (length === null) return undefined
    const end = length[0].length + Number(length[1])
    if (rest.length < end + 2) return undefined
    words.push(rest.slice(length[0].length, end))
    rest = rest.slice(end + 2)
  }
  return { words, rest }
}
