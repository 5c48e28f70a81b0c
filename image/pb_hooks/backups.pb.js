// Backups are as the spec says from the start, and stay so when somebody saves the admin page's settings.
onBootstrap((e) => {
  e.next();
  require(`${__hooks}/backups.js`).saveBackups(e.app);
});

onSettingsUpdateRequest((e) => {
  require(`${__hooks}/backups.js`).setBackups(e.newSettings.backups);
  e.next();
});
