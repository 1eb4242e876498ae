package poolhouse;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** RFC 6238 with its defaults, which authenticator apps use. */
final class Totp {
    static final long STEP_MS = 30_000;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private Totp() {}

    static String at(String secret, long milliseconds) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(decode(secret), "HmacSHA1"));
        byte[] sum = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(milliseconds / STEP_MS).array());
        int number = ByteBuffer.wrap(sum).getInt(sum[19] & 15) & Integer.MAX_VALUE;
        return String.format("%06d", number % 1_000_000);
    }

    private static byte[] decode(String base32) {
        BigInteger bits = BigInteger.ONE; // a leading one keeps leading zeros
        for (char letter : base32.toCharArray()) {
            bits = bits.shiftLeft(5).or(BigInteger.valueOf(ALPHABET.indexOf(letter)));
        }
        byte[] bytes = bits.shiftRight(base32.length() * 5 % 8).toByteArray();
        return Arrays.copyOfRange(bytes, 1, bytes.length);
    }
}
