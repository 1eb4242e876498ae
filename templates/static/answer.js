/* The answer to a form: the browser would ask whether to send the form again before it reloads this page, or comes back to it.
   From now on it asks for the page itself. "" is the address that the form was sent to. */
const { address } = document.querySelector("script[data-address]").dataset;
history.replaceState(history.state, "", address);
