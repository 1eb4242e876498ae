package poolhouse;

import static poolhouse.Journey.refusal;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.services.cognitoidentityprovider.CognitoIdentityProviderClient;
import software.amazon.awssdk.services.cognitoidentityprovider.model.ExplicitAuthFlowsType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.GroupType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.MessageActionType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.PreventUserExistenceErrorTypes;
import software.amazon.awssdk.services.cognitoidentityprovider.model.UserPoolClientType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.UserPoolMfaType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.UserPoolType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.UserType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.VerifiedAttributeType;

/** Who sets a user pool up and looks after its people. */
final class Operator {
    static final String PASSWORD = "Correct-Horse-7";
    private static final String GROUP = "engineers";
    private final CognitoIdentityProviderClient client;

    Operator(CognitoIdentityProviderClient client) {
        this.client = client;
    }

    static String random() {
        byte[] bytes = new byte[4];
        new Random().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    Scene setUp() {
        String name = "journey-java-" + random();
        UserPoolType pool = client.createUserPool(request -> request.poolName(name)
                        .autoVerifiedAttributes(VerifiedAttributeType.EMAIL)
                        .userPoolTags(Map.of("sdk", "java", "stage", "test")))
                .userPool();
        UserPoolMfaType mfa = client.setUserPoolMfaConfig(request -> request.userPoolId(pool.id())
                        .mfaConfiguration(UserPoolMfaType.OPTIONAL)
                        .softwareTokenMfaConfiguration(tokens -> tokens.enabled(true)))
                .mfaConfiguration();
        client.untagResource(request -> request.resourceArn(pool.arn()).tagKeys("stage"));
        client.tagResource(request -> request.resourceArn(pool.arn()).tags(Map.of("owner", "nobody")));
        UserPoolClientType app = createClient(pool.id());
        UserPoolType described = client.describeUserPool(request -> request.userPoolId(pool.id())).userPool();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("isNamed", pool.name().equals(name));
        facts.put("createdMs", described.creationDate().toEpochMilli());
        facts.put("mfa", mfa.toString());
        facts.put("tags", client.listTagsForResource(request -> request.resourceArn(pool.arn())).tags());
        facts.put("secretLength", app.clientSecret().length());
        facts.put("users", described.estimatedNumberOfUsers());
        return new Scene(pool.id(), app.clientId(), app.clientSecret(), facts);
    }

    private UserPoolClientType createClient(String poolId) {
        return client.createUserPoolClient(request -> request.userPoolId(poolId)
                        .clientName("app")
                        .generateSecret(true)
                        .explicitAuthFlows(
                                ExplicitAuthFlowsType.ALLOW_USER_PASSWORD_AUTH,
                                ExplicitAuthFlowsType.ALLOW_REFRESH_TOKEN_AUTH)
                        .preventUserExistenceErrors(PreventUserExistenceErrorTypes.ENABLED))
                .userPoolClient();
    }

    Map<String, Object> staff(String poolId) {
        GroupType group = client.createGroup(request -> request.userPoolId(poolId).groupName(GROUP).precedence(3)).group();
        for (int number = 0; number < 5; number++) {
            addMember(poolId, "member-" + number);
        }
        List<String> users = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        client.listUsersPaginator(request -> request.userPoolId(poolId).limit(2)).forEach(page -> {
            sizes.add(page.users().size());
            page.users().forEach(user -> users.add(user.username()));
        });
        List<String> members = new ArrayList<>();
        client.listUsersInGroupPaginator(request -> request.userPoolId(poolId).groupName(GROUP).limit(2))
                .forEach(page -> page.users().forEach(user -> members.add(user.username())));
        List<Object> first = new ArrayList<>();
        for (UserType user : client.listUsers(request -> request.userPoolId(poolId)
                        .filter("username = \"member-0\"")
                        .attributesToGet("sub"))
                .users()) {
            first.add(List.of(user.username(), user.userStatusAsString(), user.enabled()));
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("group", List.of(group.groupName(), group.precedence()));
        facts.put("pageSizes", sizes);
        facts.put("users", users.stream().sorted().toList());
        facts.put("members", members.stream().sorted().toList());
        facts.put("first", first);
        facts.put("existing", refusal(() -> createUser(poolId, "member-0")));
        facts.put("badFilter", refusal(() -> client.listUsers(request -> request.userPoolId(poolId).filter("shoe = 7"))));
        String nowhere = System.getenv("AWS_REGION") + "_Nowhere99";
        facts.put("unknownPool", refusal(() -> client.describeUserPool(request -> request.userPoolId(nowhere))));
        return facts;
    }

    private Object createUser(String poolId, String username) {
        return client.adminCreateUser(
                request -> request.userPoolId(poolId).username(username).messageAction(MessageActionType.SUPPRESS));
    }

    private void addMember(String poolId, String username) {
        createUser(poolId, username);
        client.adminSetUserPassword(
                request -> request.userPoolId(poolId).username(username).password(PASSWORD).permanent(true));
        client.adminAddUserToGroup(request -> request.userPoolId(poolId).username(username).groupName(GROUP));
    }
}
