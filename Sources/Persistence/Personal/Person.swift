/// Somebody whom a site keeps personal texts about: `driver:12`, `user:kim`, `company:3`, `order:SO-1`.
package struct Person: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let site: String
    package let id: String

    package init(site: String, id: String) {
        self.site = site
        self.id = id
    }

    package var description: String { "\(site)/\(id)" }

    package static func < (left: Person, right: Person) -> Bool { (left.site, left.id) < (right.site, right.id) }

    /// What a sealed text is bound to. Neither part holds U+001F.
    var bytes: [UInt8] { Array("\(site)\u{1F}\(id)".utf8) }
}
