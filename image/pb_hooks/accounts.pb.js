// Creates the two accounts of the sample app before PocketBase serves anything: the superuser and the workers' login,
// with the passwords from the Machine's secrets. PocketBase runs a handler without the rest of its file, so the handler
// requires the module.
onBootstrap((e) => {
  e.next();
  // The accounts need the collections now; `serve` would run the migrations only later.
  e.app.runAllMigrations();
  require(`${__hooks}/accounts.js`).ensureAccounts(e.app);
});
