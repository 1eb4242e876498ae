// PostConfirmation: a mail that welcomes, or that tells of a new password.
const { send } = require("./mail");

const subjects = {
  PostConfirmation_ConfirmSignUp: "Welcome",
  PostConfirmation_ConfirmForgotPassword: "Your password was changed",
};

exports.handler = async (event) => {
  const { email } = event.request.userAttributes;
  if (email) {
    await send(email, `${subjects[event.triggerSource]}, ${event.userName}`, "You can sign in now.");
  }
  return event;
};
