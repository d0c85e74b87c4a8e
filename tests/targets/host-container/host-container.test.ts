import { once } from 'node:events'
import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { openShell } from '../../../src/host/open.ts'
import { openMaster } from '../../../src/host/ssh.ts'
import { execIn } from '../../../src/targets/host-container/exec.ts'
import { hostSchema } from '../../../src/targets/schema.ts'
import { engineHere } from '../../support/engine.ts'
import { testHost } from '../../support/host-container.ts'

/** The image may have to be built first. */
const TEST_MS = 300_000
const found = await engineHere()
const why = 'engine' in found ? '' : ` (skipped: ${found.reason})`

describe.skipIf('reason' in found)(`a host in a container${why}`, () => {
  const signal = AbortSignal.timeout(TEST_MS)
  const engine = () => {
    if (!('engine' in found)) throw new Error(found.reason)
    return found.engine
  }

  it('is entered by ssh with keys of its own, and shows the key that known_hosts has', { timeout: TEST_MS }, async () => {
    await using host = await testHost({ engine: engine(), publish: [80], signal })
    const { directory, watchdog, ssh } = host
    const destination = { destination: ssh.alias, sshConfig: ssh.config }
    const master = await openMaster({ ...destination, directory, watchdog, signal })
    try {
      expect(master.account).toBe(`deploy@127.0.0.1:${ssh.port}`)
      const connection = { control: master.control }
      const shell = await openShell(hostSchema.parse({ shell: 'ssh', address: ssh.alias, connection }))
      const limits = { timeoutMs: 20_000, maxBytes: 10_000, signal }
      const script =
        'id -un; sudo -n id -un; for name in docker jq psql ss crontab; do command -v "$name" || exit; done; hostname'
      const answer = await shell.run(['sh', '-c', script], limits)
      expect(answer.stdout.split('\n').slice(0, 2)).toEqual(['deploy', 'root'])
      expect(answer.exitCode).toBe(0)
      expect(answer.stdout).toContain(host.name)
    } finally {
      await master.close()
    }
    expect(() => host.published(81)).toThrow(`port 81 of ${host.name} is not published`)
    const socket = net.connect(host.published(80), '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
  })

  it('takes files and commands, tells a command’s failure, and is gone when it is stopped', { timeout: TEST_MS }, async () => {
    await using host = await testHost({ engine: engine(), signal })
    await host.put('/opt/new/a file', 'content\n', { mode: 0o640, owner: 'deploy:docker' })
    expect(await host.run(['stat', '-c', '%a %U:%G %s', '/opt/new/a file'])).toBe('640 deploy:docker 8\n')
    expect(await host.run(['cat'], { stdin: 'as it came' })).toBe('as it came')
    await expect(host.run(['sh', '-c', 'echo no >&2; exit 3'])).rejects.toThrow(/^sh -c .* ended with 3: no$/)
    await expect(host.run(['sleep', '60'], { timeoutMs: 300 })).rejects.toThrow('sleep 60 did not end within 300 ms')
    await host.stop()
    await host.stop()
    const left = await engine().docker.listContainers({ all: true, filters: { label: [host.label] } })
    expect(left).toEqual([])
  })

  it('has an engine of its own with compose, whose images and containers are not the outer one’s', {
    timeout: TEST_MS,
  }, async () => {
    await using host = await testHost({ engine: engine(), hasEngine: true, signal })
    const [version, compose, images] = await Promise.all([
      host.run(['docker', 'info', '--format', '{{.Driver}} {{.Name}}']),
      host.run(['docker', 'compose', 'version', '--short']),
      host.run(['docker', 'image', 'ls', '--quiet']),
    ])
    expect(version).toBe(`overlay2 ${host.name}\n`)
    expect(compose).toMatch(/^2\./)
    expect(images).toBe('')
    await host.run(['host-init', 'stop', 'dockerd'])
    expect((await host.exec(['docker', 'version'])).exitCode).not.toBe(0)
    const { Mounts } = await engine().docker.getContainer(host.container).inspect()
    const volumes = Mounts.flatMap(({ Name }) => (Name === undefined ? [] : [Name]))
    expect(volumes).toHaveLength(1)
    await host.stop()
    await expect(
      engine()
        .docker.getVolume(volumes[0] ?? '')
        .inspect(),
    ).rejects.toThrow(/no such volume/i)
  })

  it('says of a command that cannot be run what the engine said', { timeout: TEST_MS }, async () => {
    const gone = engine().docker.getContainer('no-such-host')
    await expect(execIn(gone, ['true'], { timeoutMs: 5_000 })).rejects.toThrow(/no such container/i)
  })
})
