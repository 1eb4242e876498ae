// PreSignUp: people of our own domains need no code; very short names are taken by nobody.
const ourDomains = process.env.OUR_DOMAINS.split(" ");
const leastName = 5;

export const handler = async (event) => {
  if (event.userName.length < leastName) {
    throw new Error(`A user name has at least ${leastName} characters`);
  }
  const domain = event.request.userAttributes.email?.split("@").pop();
  if (ourDomains.includes(domain)) {
    event.response.autoConfirmUser = true;
    event.response.autoVerifyEmail = true;
  }
  return event;
};
