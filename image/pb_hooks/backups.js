/**
 * Applies the spec's backups to PocketBase's settings. `POCKETBASE_BACKUP` holds
 * `{cron, maxKeep, s3?: {bucket, endpoint, region, accessKey, secret, forcePathStyle}}`. `{region}` in the bucket stands
 * for this host's region; `accessKey` and `secret` are the names of secrets.
 *
 * @param backups PocketBase's `settings.backups`, changed in place
 * @returns whether a setting changed. Without `POCKETBASE_BACKUP` none does: the admin page decides.
 * @throws when one of the secrets isn't set
 */
function setBackups(backups) {
  const wanted = JSON.parse($os.getenv("POCKETBASE_BACKUP") || "null");
  if (!wanted) return false;
  const { s3 } = wanted;
  const changed = [assign(backups, { cron: wanted.cron, cronMaxKeep: wanted.maxKeep })];
  changed.push(
    assign(
      backups.s3,
      s3
        ? {
            enabled: true,
            bucket: s3.bucket.replaceAll("{region}", $os.getenv("FLOTILLA_REGION")),
            endpoint: s3.endpoint,
            region: s3.region,
            accessKey: secretOf(s3.accessKey),
            secret: secretOf(s3.secret),
            forcePathStyle: s3.forcePathStyle,
          }
        : { enabled: false },
    ),
  );
  return changed.includes(true);
}

/** Applies the spec's backups and saves them. PocketBase keeps them in its database and schedules its backups by them. */
function saveBackups(app) {
  const settings = app.settings();
  if (setBackups(settings.backups)) app.save(settings);
}

/** Sets the values that differ; returns whether any did. */
function assign(target, values) {
  const names = Object.keys(values).filter((name) => target[name] !== values[name]);
  for (const name of names) target[name] = values[name];
  return names.length > 0;
}

function secretOf(name) {
  const value = $os.getenv(name);
  if (value) return value;
  throw new Error(`the secret ${name}, which the spec names for backups, is not set`);
}

module.exports = { saveBackups, setBackups };
