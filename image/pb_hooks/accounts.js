/**
 * Makes or corrects the superuser and the workers' account.
 * Throws when a password is refused (PocketBase wants 8 to 71 characters): the server then doesn't start.
 * @param app PocketBase's app, bootstrapped and migrated
 */
function ensureAccounts(app) {
  // Without a superuser PocketBase logs a link that lets anyone who reads it become one. So there always is one, even
  // if nobody knows its password: `pocketbase superuser upsert` still sets another.
  ensureAccount(
    app,
    "_superusers",
    "admin@flotilla.local",
    $os.getenv("POCKETBASE_ADMIN_PASSWORD"),
    $security.randomString(40),
  );
  ensureAccount(
    app,
    "workers",
    "worker@flotilla.local",
    $os.getenv("POCKETBASE_WORKER_PASSWORD"),
    "",
  );
}

/** `fallback` is the password of a new account when none is set; without either nothing is made. */
function ensureAccount(app, collection, email, password, fallback) {
  let record;
  try {
    record = app.findAuthRecordByEmail(collection, email);
  } catch {
    if (!password && !fallback) return;
    record = new Record(app.findCollectionByNameOrId(collection));
    record.setEmail(email);
    record.setVerified(true);
    record.setPassword(password || fallback);
    app.save(record);
    return;
  }
  // A new password ends all sessions, so it is set only when it differs.
  if (!password || record.validatePassword(password)) return;
  record.setPassword(password);
  app.save(record);
}

module.exports = { ensureAccounts };
