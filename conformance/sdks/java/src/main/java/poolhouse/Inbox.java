package poolhouse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** What a person reads: mail and tokens. */
final class Inbox {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Inbox() {}

    static String codeFor(String to, int count) throws IOException, InterruptedException {
        String query = "?to=" + URLEncoder.encode(to, StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("POOLHOUSE_INBOX") + query)).build();
        HttpClient http = HttpClient.newHttpClient();
        long deadline = System.currentTimeMillis() + 10_000;
        while (true) {
            JsonNode messages = JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
            if (messages.size() >= count) {
                return messages.get(0).get("code").asText();
            }
            if (System.currentTimeMillis() > deadline) {
                throw new IOException(messages.size() + " of " + count + " messages");
            }
            Thread.sleep(50);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> claims(String token) throws IOException {
        return JSON.readValue(Base64.getUrlDecoder().decode(token.split("\\.")[1]), Map.class);
    }
}
