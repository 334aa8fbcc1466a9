/// The protocols that ship with the edge, each as its file would hold it; `edge profiles NAME` prints it.
enum BuiltInProfile {
    /// By maker.
    static let all =
        cas + andD + toledo + mettler + sma + rinstrum + american + yaohua + sewha + [dini, liden] + [seedA, seedB]

    /// The JSON of one; nil when there is none of that name.
    static func text(_ id: String) -> String? {
        zip(ProfileCatalogue.builtIn.profiles, all).first { $0.0.id == id }?.1
    }
}
