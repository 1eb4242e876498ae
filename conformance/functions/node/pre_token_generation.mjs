// PreTokenGeneration in its three versions: the tenant of a user in their tokens, groups and scopes as an API wants them.

// The ID token: a claim more, the mail address gone, other groups and roles.
export const version_1 = async (event) => {
  event.response = {
    claimsOverrideDetails: {
      claimsToAddOrOverride: { tenant: tenantOf(event) },
      claimsToSuppress: ["email"],
      groupOverrideDetails: {
        groupsToOverride: groupsOf(event).map((group) => `${group}-of-${tenantOf(event)}`),
        iamRolesToOverride: ["arn:aws:iam::123456789012:role/reader"],
        preferredRole: "arn:aws:iam::123456789012:role/reader",
      },
    },
  };
  return event;
};

// Both tokens, with values of every JSON type; scopes by what the user may do.
export const version_2 = async (event) => {
  event.response = {
    claimsAndScopeOverrideDetails: {
      idTokenGeneration: {
        claimsToAddOrOverride: { tenant: { name: tenantOf(event), seats: 12 } },
        claimsToSuppress: ["email", "email_verified"],
      },
      accessTokenGeneration: {
        claimsToAddOrOverride: { tenant: tenantOf(event), beta: true },
        claimsToSuppress: ["event_id"],
        scopesToAdd: groupsOf(event).includes("staff") ? ["shop/write"] : [],
        scopesToSuppress: ["aws.cognito.signin.user.admin"],
      },
      groupOverrideDetails: { groupsToOverride: [...groupsOf(event), "everybody"] },
    },
  };
  return event;
};

// For services, too, which have neither attributes nor groups.
export const version_3 = async (event) => {
  if (event.triggerSource !== "TokenGeneration_ClientCredentials") return version_2(event);
  event.response = {
    claimsAndScopeOverrideDetails: {
      accessTokenGeneration: {
        claimsToAddOrOverride: {
          release: event.request.clientMetadata?.release ?? "unknown",
          service: event.callerContext.clientId,
        },
        scopesToAdd: ["shop/batch"],
        scopesToSuppress: ["shop/read"],
      },
    },
  };
  return event;
};

const tenantOf = (event) => event.request.userAttributes.email.split("@").pop().split(".")[0];
const groupsOf = (event) => event.request.groupConfiguration.groupsToOverride;
