/** Name of the store in the controller's state folder. */
export const STORE_FILE = "controller.sqlite";
