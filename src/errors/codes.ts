/**
 * The catalogue: every code that an error of Concord can carry, and what the operator does about it.
 * A code is never reused. The letter names the room: X xml, U xupdate, S syncml, D store, E engine, A access, R request, T transport,
 * Q activities, C configuration, W web, K keys, M mail.
 */
export const errorCodes = {
  // xml
  'CON-X001': 'Correct the document: it is not well-formed XML at the place the message names.',
  'CON-X002':
    'The document is larger, deeper or has more attributes than is allowed. Split it, or raise the setting that the message names; with a peer, on both sides.',
  'CON-X003':
    'Remove the DOCTYPE: documents with one are refused, because entities can be used to attack or to leak files.',
  // xupdate
  'CON-U001':
    'Nothing was changed. Correct the instruction that the message names, or make the modifications anew from the document as it is now: `concord diff`.',
  // syncml
  'CON-S001':
    'The peer sent something that is not a SyncML message. Check that the publication URL is that of a Concord site.',
  'CON-S002': 'The peer ended the session with an error. Its log says why; then sync again.',
  'CON-S003':
    'The peer answered for another session or message. Sync again; `concord sync --restart` opens a new session.',
  'CON-S004':
    'The publisher holds this subscriber back after too many faults in a row; its log says which. It is listened to again after a time, or after `concord release` there.',
  // store
  'CON-D001':
    'The store is locked by another process. It is tried again; if it stays, see which process holds the data directory.',
  'CON-D002': 'The disk is full. Nothing was half-written. Free some space, then do it again.',
  'CON-D003':
    'The data directory was written by a newer version of Concord. Start that version, or restore a backup made with this one.',
  'CON-D004': 'The store is damaged. Stop, keep a copy of the directory, and restore the last backup.',
  'CON-D005': 'Another writer changed the same thing in the meantime. It is tried again by itself.',
  'CON-D006':
    'The file or folder cannot be opened or written. Check its owner and rights, and that its disk is mounted for writing.',
  'CON-D007':
    'This is no backup that can be restored. Nothing was changed. Give another file that `concord backup` wrote.',
  'CON-D008':
    'The MongoDB server cannot be reached. It is tried again by itself; see that it runs, and that `store.url` names it.',
  'CON-D009':
    'The MongoDB server cannot hold the store as it is set up. Change it, or `store.url`, as the message says. Nothing was started.',
  'CON-D010':
    'The store and the data directory do not belong together; the message says why. Set `store.url` as it was, take another data directory, or bring the store over with `concord move-store`. Nothing was started.',
  'CON-D011':
    'Nothing is lost: what the thread did is done by the commits themselves, which take some hundredths of a second then, and in a minute it is begun anew. If it comes again, see whether the machine has memory and threads to spare.',
  'CON-D012':
    'The file was brought from another installation. Put the own file of the site there again, or restore the last backup. If what came is to be the site here from now on, stop the server and run `concord doctor --new-identity`.',
  // engine
  'CON-E001': 'Another sync of this subscription is running. Wait for it, or look at it with `concord status`.',
  'CON-E002':
    'This data directory is a copy of another one that syncs too, or was put back to an earlier state without `concord restore`. If it is the only one, stop its server and run `concord doctor --new-identity`: the peers bring back what they have. If the other one goes on, stop this one, or let it become an installation of its own: run that, and then give each of its subscriptions another URL.',
  'CON-E003':
    'More would be removed than goes without permission. See whether the source is complete; if they are meant to go, repeat it with `--allow-deletions N`.',
  'CON-E004': 'Make a new preview, and look at what would be done now.',
  'CON-E005':
    'A path can have only one source, and a publication must not come back to its own origin. Choose another path, or unsubscribe first.',
  'CON-E006': 'The conflict was settled in the meantime, or its field has changed. Look at it again.',
  'CON-E007':
    'The query cannot be used. Correct it: as long as it fails nothing is changed or sent, and nothing is deleted at a subscriber.',
  'CON-E008':
    'The conduit of the publication does not take this document. Choose a conduit for its kind, or correct the document.',
  'CON-E009': 'The sync was cancelled. What was exchanged stays; the next Sync goes on from there.',
  'CON-E010':
    'Nothing was settled. See whether all of them are meant; then ask again with that number: `count` over the API, `--yes` with `concord resolve`.',
  'CON-E011':
    'The account has as many subscribers at the publisher as one may have. There, take off those that are not used any more, with `concord unpublish SITE ID --subscriber URL`, or raise `publisher.subscribersPerAccount`.',
  // access
  'CON-A001':
    'Sign in with user name and password of an account of this site. A Manager sets another password with `concord user passwd`.',
  'CON-A002': 'Your account may not do this. Ask a Manager of the site.',
  'CON-A003': 'Too many wrong passwords. Wait a minute, then try again.',
  'CON-A004':
    'The publisher refused user name or password. Check them with `concord subscribe … --user` and the account at the publisher.',
  'CON-A005':
    'The message is not sealed as was agreed, and nothing of it was taken in. Exchange keys with the peer: `concord key export` there, `concord key import` and `key trust` here.',
  // keys
  'CON-K001': 'There is no such key. `concord key list SITE` shows those there are.',
  'CON-K002': 'This is no OpenPGP key that can be used, or its passphrase is missing or wrong; the message says which.',
  'CON-K003':
    'There is no own key of this name that can be used. Make one: `concord key make SITE NAME`, or `concord key rotate SITE NAME` when it has expired.',
  'CON-K004':
    'No key is known that belongs to the peer. Get its public key, then `concord key import SITE FILE` and `concord key trust`.',
  // request
  'CON-R001': 'There is no such site. `concord site list` shows them.',
  'CON-R002':
    'There is no object at this path. Correct it, or make the object first: `concord import SITE PATH FILES`.',
  'CON-R003': 'There is no such publication. Check the ID and the publication URL with the publisher.',
  'CON-R004': 'There is no such subscription. `concord status SITE` shows them.',
  'CON-R005': 'There is no such conduit, mapping, query or GID generator. Choose one that the message names.',
  'CON-R006': 'Something with this name exists already. Choose another name.',
  'CON-R007':
    'The object has changed since you read it (`If-Match`). Read it again and repeat the change on the new state.',
  'CON-R008': 'The request is not understood; the message says what is wrong.',
  'CON-R009': 'There is no such revision of this object. `concord history` shows them.',
  'CON-R010': 'There is no such conflict. `concord conflicts SITE` shows those that wait.',
  'CON-R011':
    'There is no such account. `concord user list` shows those of all sites, with `--site SITE` those of one.',
  'CON-R012': 'The object has children or is in use. Remove or move those first.',
  'CON-R013': 'There is no such activity. `concord activities SITE list` shows them.',
  'CON-R014':
    'The file or folder is not there, cannot be read or written, or is not the XML, JSON or CSV it should be; the message says where and why. Check its name, its owner and rights, and what is in it.',
  'CON-R015': 'There is no such session: it has ended already.',
  'CON-R016':
    'There is no such rule; it may have been removed already. `concord rule list SITE` shows those there are.',
  'CON-R017':
    'There is no such token; it may have been revoked already. `concord user token list` shows those there are.',
  'CON-R018': 'There is no such line in the log. `concord log SITE` shows the newest.',
  'CON-R019':
    'Other sites sync with this one. End that first (`concord unsubscribe`, `concord unpublish`), or say `concord site remove SITE --yes`.',
  'CON-R020':
    'The documents have other conflicts than those that were decided. Merge without decisions to see them, or let `--conflicts FILE` write them anew.',
  'CON-R021':
    'Nothing was changed. Give a value that fits the place: characters for a text, an attribute, a comment or an instruction, XML for an element or a content.',
  // transport
  'CON-T001': 'The peer cannot be reached. Check the address and the network; the sync goes on from where it stood.',
  'CON-T002': 'The address answers, but not as a Concord site. Check the publication URL.',
  'CON-T003':
    'The peer took too long, or the connection broke. The sync goes on from where it stood with the next Sync.',
  'CON-T004': 'The certificate of the peer is not trusted. Give its authority with `transport.caFile`.',
  'CON-T005': 'The peer is busy or failing. The sync goes on from where it stood with the next Sync.',
  'CON-T006':
    'The drop folder cannot be read or written. Mount the stick, or check the owner and rights of the folder; the sync goes on with the next Sync.',
  // activities
  'CON-Q001': 'The activity failed. `concord activities SITE list` shows why; restart or cancel it there.',
  'CON-Q002': 'It was stopped before its end. What is done stays; do it again and it goes on from there.',
  'CON-Q003':
    'The Redis server of the queue does not answer as it should. It is tried again by itself; see that it runs, and that `queue.url` names it.',
  'CON-Q004':
    'The Redis server cannot hold the queue as it is set up. Change it as the message says. Nothing was started.',
  'CON-Q005':
    'It works, and may surprise you later. Set `appendonly yes` in Redis, and keep the clocks of all machines in step (NTP).',
  'CON-Q006':
    'The memory or the disk of the Redis server is full. What is queued stays. Raise `maxmemory`, or make room on its disk; it goes on by itself.',
  // configuration
  'CON-C001': 'Correct the configuration as the message says. Nothing was started.',
  'CON-C002': 'The port is in use. Stop what uses it, or choose another with `--port`.',
  'CON-C003': 'The command was called wrongly. `--help` after it shows its arguments and options.',
  // web
  'CON-W001': 'There is nothing at this address. `/<site>/api/v1/openapi.json` lists what the API has.',
  'CON-W002': 'The address does not take this method; the Allow header names those that it takes.',
  'CON-W003':
    'The request is too large. Send less at once, or raise `xml.maxOctets` for documents, `sync.messageOctets` for messages.',
  'CON-W004': 'The request is of a kind that is not taken here; the message names those that are.',
  'CON-W005':
    'The answer cannot be given in a form that the Accept header allows; the message names the forms there are.',
  'CON-W006':
    'The request came from a page of another site and was refused. Send it from a page of this site, or by a program.',
  'CON-W007': 'This part is not there yet. Do without it, or as the message says.',
  'CON-W008': 'The request was cut off before its end. Send it again.',
  'CON-W009':
    'This sender sends more than its share. It is taken later, after the time that Retry-After names; the operator can raise the limits `publisher.…`.',
  // mail
  'CON-M001':
    'The mail is no mail, damaged or too large, and nothing of it was taken in. What it carried is sent again.',
  'CON-M002':
    'The mail server refuses us. Check `mail.smtp`: its address, user name and password; and the addresses of publication and subscription.',
  'CON-M003': 'The mailbox cannot be opened. Check `mail.mailboxes`: its address, user name, password and folder.',
  'CON-M004': 'The script mail_received refused the mail; the message says why.',
  'CON-M005':
    'The mail server takes no mails of this size. Set `mail.maxMailOctets` below what it takes: what is larger goes in parts. Then sync again.',
  'CON-M006': 'The mailbox of the other side is full. Ask there for room; the mail goes out again by itself.',
  // our bugs
  'CON-I001': 'This is a fault of Concord. No data was changed. Please report it with the log.',
} as const;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errorCodes;
