// The sample app's collections: the accounts of `workers`, and `results` with one record per job. Everybody may read
// results, so that the demo page and `curl` show them; only a worker may create one, and only a superuser may change or
// delete one.
migrate(
  (app) => {
    const workers = new Collection({
      type: "auth",
      name: "workers",
      // The hooks in pb_hooks create accounts from the Machine's secrets; the API never does.
      listRule: null,
      viewRule: null,
      createRule: null,
      updateRule: null,
      deleteRule: null,
      passwordAuth: { enabled: true, identityFields: ["email"] },
      // The sample has no mail server: an alert about a login from a new place would only be an error in the log.
      authAlert: { enabled: false },
    });
    app.save(workers);

    const results = new Collection({
      type: "base",
      name: "results",
      listRule: "",
      viewRule: "",
      createRule: "@request.auth.collectionName = 'workers'",
      updateRule: null,
      deleteRule: null,
      fields: [
        { name: "job", type: "text", required: true, max: 200 },
        { name: "text", type: "text", max: 5000 },
        { name: "region", type: "text", required: true, max: 10 },
        { name: "host", type: "text", max: 63 },
        { name: "slot", type: "text", max: 63 },
        { name: "worked_at", type: "date", required: true },
        { name: "created", type: "autodate", onCreate: true },
      ],
      indexes: [
        // A job that is delivered twice is recorded once.
        "CREATE UNIQUE INDEX idx_results_job ON results (job)",
        "CREATE INDEX idx_results_worked_at ON results (worked_at)",
      ],
    });
    app.save(results);
  },
  (app) => {
    app.delete(app.findCollectionByNameOrId("results"));
    app.delete(app.findCollectionByNameOrId("workers"));
  },
);
