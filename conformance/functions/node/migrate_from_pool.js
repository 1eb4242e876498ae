// UserMigration: users of an old pool come over when they sign in; their passwords are tried there.
const { AuthenticationDetails, CognitoUser, CognitoUserPool } = require("amazon-cognito-identity-js");

const { OLD_POOL, OLD_CLIENT, OLD_ENDPOINT } = process.env;
const kept = ["email", "email_verified", "given_name"];

exports.handler = async (event) => {
  if (event.triggerSource === "UserMigration_Authentication") {
    const attributes = await attributesOf(event.userName, event.request.password);
    event.response.userAttributes = Object.fromEntries(
      attributes.filter(({ Name }) => kept.includes(Name)).map(({ Name, Value }) => [Name, Value]),
    );
    event.response.finalUserStatus = "CONFIRMED";
    event.response.messageAction = "SUPPRESS";
  }
  return event;
};

function attributesOf(name, password) {
  const pool = new CognitoUserPool({ UserPoolId: OLD_POOL, ClientId: OLD_CLIENT, endpoint: OLD_ENDPOINT });
  const user = new CognitoUser({ Username: name, Pool: pool });
  user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
  return new Promise((resolve, reject) => {
    const onFailure = () => reject(new Error("Wrong user name or password"));
    const onSuccess = () => user.getUserAttributes((error, found) => (error ? reject(error) : resolve(found)));
    user.authenticateUser(new AuthenticationDetails({ Username: name, Password: password }), { onSuccess, onFailure });
  });
}
