/**
 * Creates the superuser and the workers' account, or sets their passwords when these have changed.
 *
 * @param app PocketBase's app, bootstrapped and migrated
 * @throws when PocketBase refuses a password (it wants 8 to 71 characters): the server then doesn't start
 */
function ensureAccounts(app) {
  // Without a superuser, PocketBase logs a link that makes whoever opens it superuser. So one is always created, if
  // need be with a random password: `pocketbase superuser upsert` sets another.
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

/** `fallback` is the password of a new account if `password` is empty. If both are, no account is created. */
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
  // Setting a password ends all sessions, so it is set only when it differs.
  if (!password || record.validatePassword(password)) return;
  record.setPassword(password);
  app.save(record);
}

module.exports = { ensureAccounts };
