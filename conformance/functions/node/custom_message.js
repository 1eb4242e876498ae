// CustomMessage: our own words, German for those who ask for it.
const words = {
  CustomMessage_SignUp: {
    en: ["Welcome to the shop", (code) => `Your code is ${code}.`],
    de: ["Willkommen im Laden", (code) => `Ihr Code ist ${code}.`],
  },
  CustomMessage_AdminCreateUser: {
    en: ["Your account in the shop", (code, user) => `Sign in as ${user} with ${code}.`],
    de: ["Ihr Konto im Laden", (code, user) => `Melden Sie sich als ${user} mit ${code} an.`],
  },
  CustomMessage_ForgotPassword: {
    en: ["A new password", (code) => `To choose a new password, enter ${code}.`],
    de: ["Ein neues Passwort", (code) => `Geben Sie ${code} ein, um ein neues Passwort zu wählen.`],
  },
};

exports.handler = (event, context, callback) => {
  const { clientMetadata, codeParameter, usernameParameter } = event.request;
  if (words[event.triggerSource]) {
    const [subject, text] = words[event.triggerSource][clientMetadata?.language ?? "en"];
    event.response.emailSubject = subject;
    event.response.emailMessage = `<p>${text(codeParameter, usernameParameter)}</p>`;
    event.response.smsMessage = text(codeParameter, usernameParameter);
  }
  callback(null, event);
};
