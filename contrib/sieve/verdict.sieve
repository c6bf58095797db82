# Files what verdict-milter marked as quarantined into Junk.
require ["fileinto", "mailbox"];

if header :matches "X-Verdict-Action" "quarantine*" {
    fileinto :create "Junk";
    stop;
}
