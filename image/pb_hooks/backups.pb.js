// Applies the spec's backups at every start, and again whenever the admin page saves settings.
onBootstrap((e) => {
  e.next();
  require(`${__hooks}/backups.js`).saveBackups(e.app);
});

onSettingsUpdateRequest((e) => {
  require(`${__hooks}/backups.js`).setBackups(e.newSettings.backups);
  e.next();
});
