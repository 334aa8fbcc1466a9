extension Master {
    package static var teaches: Bool { true }

    package static func teach(_ directory: inout Directory, _ event: Event, id: StreamID, state: State) {
        directory.learn(id, fields: state.fields, isActive: state.isActive)
    }
}

extension Directory {
    /// Takes over a record as it stands. Unknown classes and records that lack what they need are left out: a decision then says
    /// that it does not know them.
    package mutating func learn(_ id: StreamID, fields: [String: FieldValue], isActive: Bool) {
        let key = Key(id.site, id.recordID)
        let name = fields["name"]?.text
        switch id.recordClass {
        case .site: sites[id.recordID] = Site(fields)
        case .company: if let name { companies[key] = Company(name: name, isActive: isActive) }
        case .item: if let name { items[key] = Item(name: name, isActive: isActive) }
        case .driver:
            guard let name else { return }
            drivers[key] = Driver(
                name: name, company: fields["company"]?.text, hasApp: fields["hasApp"]?.flag ?? false,
                isActive: isActive)
        case .vehicle:
            guard let plate = fields["plate"]?.text.flatMap({ Plate($0) }) else { return }
            let vehicle = Vehicle(
                plate: plate, company: fields["company"]?.text, tareGrams: fields["tareGrams"]?.number,
                tareDate: fields["tareDate"]?.text.flatMap { BusinessDate($0) },
                maxLoadGrams: fields["maxLoadGrams"]?.number, drivers: fields["drivers"]?.list ?? [],
                isActive: isActive)
            setVehicle(vehicle, id.recordID, at: id.site)
        case .station:
            guard let name else { return }
            var station = Station(name: name, indicator: fields["indicator"]?.text ?? "", isActive: isActive)
            if let grams = fields["divisionGrams"]?.number, grams > 0 { station.divisionGrams = grams }
            if let grams = fields["zeroBandGrams"]?.number, grams > 0 { station.zeroBandGrams = grams }
            if let grams = fields["capacityGrams"]?.number, grams > 0 { station.capacityGrams = grams }
            station.validUntil = fields["validUntil"]?.text.flatMap { BusinessDate($0) }
            stations[key] = station
        case .user:
            guard let name, let login = fields["login"]?.text, let role = fields["role"]?.text.flatMap(Role.init)
            else { return }
            accounts[key] = Account(
                login: login, name: name, role: role, driver: fields["driver"]?.text, isActive: isActive)
        case nil: return
        }
    }
}

extension Directory.Site {
    fileprivate init(_ fields: [String: FieldValue]) {
        self.init(name: fields["name"]?.text ?? "")
        if let minutes = fields["utcOffsetMinutes"]?.number { clock.utcOffsetMinutes = Int(minutes) }
        if let minutes = fields["dayCutMinutes"]?.number { clock.dayCutMinutes = Int(minutes) }
        if let number = fields["queueNumberMax"]?.number, number > 0 { queueNumberMax = Int(number) }
        if let seconds = fields["callGraceSeconds"]?.number, seconds > 0 { callGrace = .seconds(seconds) }
        if let seconds = fields["absentGraceSeconds"]?.number, seconds > 0 { absentGrace = .seconds(seconds) }
        if let grams = fields["netMinGrams"]?.number, grams > 0 { netMinGrams = grams }
        if let grams = fields["weightMinGrams"]?.number, grams > 0 { weightMinGrams = grams }
        slipReceivers = fields["slipReceivers"]?.list.flatMap { $0.isEmpty ? nil : $0 }
        if let grams = fields["weightMaxGrams"]?.number, grams > 0 { weightMaxGrams = grams }
        if let days = fields["tareValidityDays"]?.number, days > 0 { tareValidityDays = Int(days) }
        phone = fields["phone"]?.text
    }
}
