import type { Manifest } from '../manifest.ts'
import type { Platform } from '../platform.ts'

/** A URL that must answer 200, asked on the host itself. */
export interface Asked {
  readonly service: string
  readonly url: string
  readonly needsKey: boolean
}

/** A public URL, and where on the host it is to be asked instead of where its name leads; empty: where its name leads. */
export interface Door extends Asked {
  /** As curl takes it: `name:port:address:port`. */
  readonly connectTo: string
}

/** Where the compose file names the image of a service: counted from 1, and as it stands there. */
export interface ImageLine {
  readonly line: number
  readonly text: string
}

/** Where a part of the compose project listens inside its container. */
export interface InnerPart {
  readonly service: string
  readonly port: number
}

/** Everything about one host that a printed procedure needs, as it was found there. Holds no secret. */
export interface Site {
  /** The target's name, and the file that describes it. */
  readonly target: string
  readonly file: string
  readonly host: { readonly name: string; readonly address: string; readonly account: string }
  /** When the host was looked at. */
  readonly lookedAt: Date
  /** argv of compose: `docker compose` or `docker-compose`. */
  readonly compose: readonly string[]
  readonly project: string
  readonly composeFile: string
  readonly envFile: string
  readonly groups: Platform['groups']
  /** Service → image as the compose file writes it; empty where it names none. */
  readonly images: Readonly<Record<string, string>>
  /** Service → where that can be changed; without those that are put together from variables. */
  readonly imageLines: Readonly<Record<string, ImageLine>>
  readonly database: {
    readonly name: string
    /** The role that owns it. */
    readonly user: string
    /** The role that may create and rename databases. */
    readonly admin: string
    /** The compose service that is the database; absent: it is reached over the network with the host's own client tools. */
    readonly service?: string
    readonly host: string
    readonly port: number
    readonly ssl: boolean
  }
  readonly redis?: InnerPart
  readonly kafka?: InnerPart & { readonly topics: readonly string[]; readonly replicationFactor: number }
  /** Service of the compose project that is run once to migrate the schema. */
  readonly migrations?: string
  /** Where the database lists the migrations that were applied to it. */
  readonly migrationList: { readonly table: string; readonly column: string }
  /** Health of the services by their inner addresses. */
  readonly health: readonly Asked[]
  readonly doors: readonly Door[]
  /** Certificate on the host that the front door must chain to; absent: what the system trusts. */
  readonly ca?: string
  readonly paths: {
    readonly application: string
    readonly backups: string
    readonly secrets: string
    /** Empty: there is none. */
    readonly deployLog: string
    readonly rollbackLog: string
    /** Files that a backup must hold, and folders that it holds whole. */
    readonly configuration: readonly string[]
    readonly folders: readonly string[]
  }
  /** Whom to ask before, and whom to call when it fails: the target's escalation levels. */
  readonly approval: string
  readonly help: string
  /** How long the last drill took, in words; absent: none was found. */
  readonly drill?: string
  /** What the reader must know, each a sentence. */
  readonly notes: readonly string[]
}

/** The backup that a rollback goes back to, as it lies on the host. */
export interface ChosenBackup {
  readonly directory: string
  readonly manifest: Manifest
  readonly manifestSha256: string
  /** Service → how the engine calls its image: `repository@sha256:…`, or the image's own id. */
  readonly references: Readonly<Record<string, string>>
  /** What rolling back to it loses, a line each, as it was when the host was looked at. */
  readonly losses: readonly string[]
}

/** The release that a deploy brings: service → image, by digest. */
export interface ChosenRelease {
  readonly name: string
  readonly references: Readonly<Record<string, string>>
  /** The schema's version that it expects; absent: nobody said. */
  readonly schemaVersion?: string
}
