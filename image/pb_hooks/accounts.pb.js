// Makes the two accounts of the sample app before anything is served: the superuser and the workers' login, with the
// passwords from the Machine's secrets. (A handler sees nothing of this file but itself: hence the required module.)
onBootstrap((e) => {
  e.next();
  // `serve` would run them too, but later: the accounts need the collections now.
  e.app.runAllMigrations();
  require(`${__hooks}/accounts.js`).ensureAccounts(e.app);
});
