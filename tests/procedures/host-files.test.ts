import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localShell } from '../../src/host/local.ts'
import type { Shell } from '../../src/host/shell.ts'
import { shellFiles } from '../../src/procedures/host-files.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'host-files-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const { uid, gid } = userInfo()
const signal = new AbortController().signal

/** This machine as a host on which sudo changes nothing. */
function withoutSudo(): Shell {
  const shell = localShell()
  return { ...shell, run: (argv, options) => shell.run(argv.slice(2), options) }
}

const files = () => shellFiles(withoutSudo(), () => `${uid}:${gid}`, signal)
const modeOf = async (place: string): Promise<string> => ((await stat(place)).mode & 0o7777).toString(8)

describe('the files of a host that a shell leads to', () => {
  it('are written as a whole, with exactly that mode, and left alone where nothing differs', async () => {
    const place = path.join(root, 'new folder/a file')
    expect(await files().text(place)).toBeUndefined()
    expect(await files().write(place, "it's a $secret\n", 0o600)).toBe(true)
    expect(await readFile(place, 'utf8')).toBe("it's a $secret\n")
    expect([await modeOf(place), await modeOf(path.dirname(place))]).toEqual(['600', '750'])
    const { ino } = await stat(place)
    expect(await files().write(place, "it's a $secret\n", 0o600)).toBe(false)
    expect((await stat(place)).ino).toBe(ino)
    expect(await files().write(place, "it's a $secret\n", 0o640)).toBe(true)
    expect(await files().text(place)).toBe("it's a $secret\n")
    expect(await readdir(path.dirname(place))).toEqual(['a file'])
  })

  it('have directories that are made or corrected', async () => {
    const place = path.join(root, 'a/b')
    expect(await files().directory(place, 0o700)).toBe(true)
    expect(await files().directory(place, 0o700)).toBe(false)
    expect(await files().directory(place, 0o750)).toBe(true)
    expect(await modeOf(place)).toBe('750')
  })

  it('say what the host said where one cannot be written', async () => {
    await files().write(path.join(root, 'file'), 'text', 0o600)
    await expect(files().directory(path.join(root, 'file/below'), 0o700)).rejects.toThrow(
      /below: .*(Not a directory|File exists)/,
    )
  })
})
