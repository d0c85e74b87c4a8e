import type { Outline } from './outline.ts'

/** One backup in one directory: whole and read back, or none at all. */
export const BACKUP = {
  name: 'backup',
  again: 'run the same backup again: it begins anew, in a directory of its own',
  steps: [
    {
      name: 'check inputs',
      describe: 'See that everything which a rollback would need can be read. Nothing is written before that.',
      requires: 'Every file of the configuration is there, and the database answers.',
      whenItFails: 'nothing was written; put back what is missing, or start the database, and take the backup again',
    },
    {
      name: 'copy configuration',
      describe: 'Copy the environment file, the compose file and the rest of the configuration, with their modes.',
      whenItFails: 'see who may read the file named, and how full the backup disk is',
    },
    {
      name: 'dump database',
      describe:
        'In one exported snapshot dump the database, count the rows of every table and hash the schema; the end of each topic is asked in the same moment.',
      whenItFails: 'read what the server said; a dump that ended early is worth nothing and is removed',
    },
    {
      name: 'snapshot Redis',
      describe: 'Take a snapshot of Redis as a replica gets one, without stopping it.',
      whenItFails: 'see whether Redis answers, and whether its password is the one in the secrets',
    },
    {
      name: 'write manifest',
      describe: 'Write down what the backup holds, with checksums, and the digest of every image that runs.',
      whenItFails: 'see how full the backup disk is',
    },
    {
      name: 'verify',
      describe: 'Read every file back from the disk, compare it with the manifest, and only then give the backup its name.',
      whenItFails: 'do not trust this disk: find out why it gives back something else, and take the backup elsewhere',
    },
  ],
} as const satisfies Outline

/** The eight steps of a deploy, each until it is ready. */
export const DEPLOY = {
  name: 'deploy',
  again: 'run the same deploy again: it goes on from here; or roll back to the backup of step 1',
  steps: [
    {
      name: 'backup',
      describe: 'Take the backup that a rollback would restore, and check it, before anything changes.',
      // A backup taken by a later run would hold what this deploy has changed already.
      once: true,
      whenItFails: 'do not deploy: without this backup there is no way back',
    },
    {
      name: 'images',
      describe: 'Bring every image of the release to the host, by digest, while the old ones still run.',
      whenItFails: 'check the registry, the login and the digest in the release manifest; nothing was changed yet',
    },
    {
      name: 'infrastructure',
      describe: 'Start the database, the cache and the event bus, and wait until each answers.',
      becomes: 'Each of them is healthy.',
      whenItFails: 'read the logs of those that are named, then correct the cause and run again, or roll back',
    },
    {
      name: 'topics and schema',
      describe: 'Create the topics and bring the schema to what the release expects.',
      whenItFails: 'read the error of the migration; roll back, unless the migration is known to be safe to repeat',
    },
    {
      name: 'services',
      describe: 'Start the services of the release and wait until each is healthy by its own account.',
      becomes: 'Each of them is healthy.',
      whenItFails: 'read the logs of those that are named, then correct the cause and run again, or roll back',
    },
    {
      name: 'monitoring',
      describe: 'Start monitoring and its exporters.',
      becomes: 'Each of them is healthy.',
      whenItFails: 'read the logs of those that are named, then correct the cause and run again, or roll back',
    },
    {
      name: 'gateway',
      describe: 'Start the gateway last: nobody comes in before the services are healthy.',
      becomes: 'It is healthy.',
      whenItFails: 'read the logs of those that are named, then correct the cause and run again, or roll back',
    },
    {
      name: 'verify',
      describe: 'See that exactly the release runs and that the product works through its front door.',
      becomes: 'Every service runs the image of the release, and the front door answers.',
      whenItFails: 'roll back to the backup of step 1',
    },
  ],
} as const satisfies Outline

/** The way back to a backup. Nothing is stopped before every input was found good; what is replaced is kept. */
export const ROLLBACK = {
  name: 'rollback',
  again: 'run the same rollback again: it goes on from here',
  steps: [
    {
      name: 'check inputs',
      describe: 'Read the manifest, check every checksum, find every image on the host. Nothing is touched before all is there.',
      requires: 'The backup is whole, every image that it names is on this host, and the database can be restored beside itself.',
      whenItFails:
        'nothing was changed; choose an older backup, or fetch the missing image by its digest, and run the rollback again',
    },
    {
      name: 'stop services',
      describe: 'Stop the gateway and the services, not the database: from here on nothing more can be lost.',
      becomes: 'None of them runs.',
      whenItFails: 'stop the service by hand and run the rollback again',
    },
    {
      name: 'restore database',
      describe: 'Restore into a new database beside the live one, in one transaction, and compare it with the manifest.',
      // Restoring again after services were started again would throw away what was accepted since.
      once: true,
      whenItFails: 'the live database is untouched; correct the cause and run again, or choose an older backup',
    },
    {
      name: 'put database in place',
      describe: 'Rename the live database out of the way and the restored one into its place; the replaced one is kept.',
      becomes: 'The live database is the one that was restored.',
      whenItFails: 'end whoever is connected to the live database, and run the rollback again',
    },
    {
      name: 'restore configuration',
      describe: 'Put the configuration of the backup back, and move aside what was added since.',
      whenItFails: 'copy the files of the folder config of the backup by hand, and run the rollback again',
    },
    {
      name: 'start services',
      describe: 'Start exactly the images that the backup names, and wait until each is healthy.',
      becomes: 'Each of them is healthy.',
      whenItFails: 'read the logs of the service named; the database is restored already, so only the services remain',
    },
    {
      name: 'validate',
      describe: 'See that every service runs its old image and that the product works through its front door.',
      becomes: 'Every service runs the image of the backup, and the front door answers.',
      whenItFails: 'the product does not work on the old release either: call the next level, and keep everything as it is',
    },
  ],
} as const satisfies Outline

/** A new host out of backup storage, after the old one was lost. The machine, its secrets, its certificates and the images come from elsewhere. */
export const RECOVERY = {
  name: 'recovery',
  again: 'run the same recovery again: it goes on from here',
  steps: [
    {
      name: 'check inputs',
      describe:
        'Check every checksum of the backup, and that it holds all that a new host needs. Nothing is written before that.',
      requires: 'The backup is whole, and configuration, topics, events and keys are in it.',
      whenItFails: 'nothing was changed; choose an older backup, and run the recovery again',
    },
    {
      name: 'put configuration',
      describe: 'Put the configuration of the backup in its place: compose file, environment file, and what the services read.',
      whenItFails: 'see who may write where the files named belong, and how full the disk is',
    },
    {
      name: 'put events and keys',
      describe:
        'Make the containers of the event bus and of the cache without starting them, and give them the data of the backup.',
      // What came since they were started would be overwritten.
      once: true,
      whenItFails: 'remove both containers and the directories of their data, and run the recovery again',
    },
    {
      name: 'start infrastructure',
      describe: 'Start the database, the cache and the event bus, and wait until each answers.',
      becomes: 'Each of them is healthy.',
      whenItFails: 'read the logs of those that are named; the event bus mends the end of its log when it starts',
    },
    {
      name: 'make database',
      describe: 'Make the role of the services and an empty database, in whose place the restored one is put.',
      whenItFails: 'see whether the database answers its administrator, whose password is in the secrets',
    },
    {
      name: 'monitoring',
      describe:
        'Start monitoring and its exporters: they show how the rest comes up, and the rollback wants every image of the backup to run.',
      becomes: 'Each of them is healthy.',
      whenItFails: 'read the logs of those that are named, then run the recovery again',
    },
    {
      name: 'restore and start',
      describe: 'Go back to the backup by the printed rollback: database, services and gateway, each step verified.',
      // The rollback itself goes on from where it stopped, and does nothing twice.
      once: true,
      whenItFails: 'do what the rollback says, and run the recovery again',
    },
    {
      name: 'verify',
      describe: 'See that exactly the images of the backup run and that the product works through its front door.',
      becomes: 'Every service runs the image of the backup, and the front door answers.',
      whenItFails: 'call the next level, and keep everything as it is',
    },
  ],
} as const satisfies Outline
