// PostAuthentication: a line for the log of whoever has signed in.
export const handler = async (event, context) => {
  const { userName, userPoolId, callerContext } = event;
  console.log(`${userName} has signed in by ${callerContext.clientId} of ${userPoolId}, request ${context.awsRequestId}`);
  return event;
};
