package poolhouse;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.services.cognitoidentityprovider.CognitoIdentityProviderClient;
import software.amazon.awssdk.services.cognitoidentityprovider.CognitoIdentityProviderClientBuilder;
import software.amazon.awssdk.services.cognitoidentityprovider.model.CognitoIdentityProviderException;

/**
 * The AWS SDK for Java v2 as its documentation has it, told nothing but the environment: an operator sets a user pool up, a
 * person signs up and in with an authenticator app. Prints what it was told as one JSON document; see ../journey.py.
 */
public final class Journey {
    private Journey() {}

    public static void main(String[] arguments) throws Exception {
        try (CognitoIdentityProviderClient client = client().build()) {
            Operator operator = new Operator(client);
            Scene scene = operator.setUp();
            Person person = new Person(client, scene);
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("username", person.username);
            told.put("email", person.email);
            told.put("clientId", scene.clientId());
            told.put("poolId", scene.poolId());
            told.put("pool", scene.facts());
            told.put("staff", operator.staff(scene.poolId()));
            told.put("wrongKey", wrongKey());
            told.put("signUp", person.signUp());
            told.put("authenticator", person.setUpAuthenticator());
            told.put("tokens", person.useTokens());
            told.put("recovery", person.recover());
            client.deleteUserPool(request -> request.userPoolId(scene.poolId()));
            told.put("afterwards", refusal(() -> client.describeUserPool(request -> request.userPoolId(scene.poolId()))));
            System.out.println(new ObjectMapper().writeValueAsString(told));
        }
    }

    private static CognitoIdentityProviderClientBuilder client() {
        return CognitoIdentityProviderClient.builder()
                .overrideConfiguration(options -> options.retryStrategy(RetryMode.STANDARD)
                        .retryStrategy(retry -> retry.maxAttempts(1)));
    }

    private static Map<String, Object> wrongKey() {
        AwsBasicCredentials key = AwsBasicCredentials.create(System.getenv("AWS_ACCESS_KEY_ID"), "not-the-secret");
        try (CognitoIdentityProviderClient stranger =
                client().credentialsProvider(StaticCredentialsProvider.create(key)).build()) {
            return refusal(() -> stranger.listUserPools(request -> request.maxResults(1)));
        }
    }

    /** What a call is refused with: the class is the SDK's own only where it knows the code. */
    static Map<String, Object> refusal(Supplier<Object> call) {
        try {
            return Map.of("answered", String.valueOf(call.get()));
        } catch (AwsServiceException error) {
            boolean isTyped = error.getClass() != CognitoIdentityProviderException.class;
            return Map.of(
                    "type", isTyped ? error.getClass().getSimpleName() : "",
                    "code", error.awsErrorDetails().errorCode(),
                    "message", error.awsErrorDetails().errorMessage(),
                    "status", error.statusCode(),
                    "hasRequestId", error.requestId() != null);
        }
    }
}
