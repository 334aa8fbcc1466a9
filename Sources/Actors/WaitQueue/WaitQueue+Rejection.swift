extension Rejection {
    static func unknownVehicle(_ plate: String) -> Rejection {
        Rejection("unknownVehicle", "등록되지 않은 차량입니다: \(plate). 지역까지 확인해 주세요.", ["plate": plate])
    }
    static func vehicleInactive(_ plate: Plate) -> Rejection {
        Rejection("vehicleInactive", "사용이 중지된 차량입니다: \(plate)", ["plate": plate.description])
    }
    static func notYourVehicle(_ plate: Plate) -> Rejection {
        Rejection("notYourVehicle", "본인에게 배정된 차량만 접수할 수 있습니다: \(plate)", ["plate": plate.description])
    }
    static func unknownDriver(_ driver: String) -> Rejection {
        Rejection("unknownDriver", "등록되지 않은 기사입니다: \(driver)", ["driver": driver])
    }
    static func unknownItem(_ item: String) -> Rejection {
        Rejection("unknownItem", "등록되지 않은 품목입니다: \(item)", ["item": item])
    }
    static func alreadyWaiting(_ plate: Plate, number: Int) -> Rejection {
        Rejection(
            "alreadyWaiting", "이미 접수된 차량입니다: \(plate), \(number)번",
            ["plate": plate.description, "number": String(number)])
    }
    static func checkInPaused(_ reason: String) -> Rejection {
        Rejection("checkInPaused", "지금은 접수를 받지 않습니다. 사유: \(reason)", ["reason": reason])
    }
    static func queueFull(_ max: Int) -> Rejection {
        Rejection("queueFull", "대기 번호 \(max)개가 모두 쓰이고 있습니다.", ["max": String(max)])
    }
    static let queueEmpty = Rejection("queueEmpty", "기다리는 차량이 없습니다.")
    static let notInQueue = Rejection("notInQueue", "접수된 차량이 없습니다.")
    static func unknownEntry(_ id: String) -> Rejection {
        Rejection("unknownEntry", "대기열에 없는 차량입니다: \(id)", ["id": id])
    }
    static func unknownStation(_ station: String) -> Rejection {
        Rejection("unknownStation", "등록되지 않은 계량대입니다: \(station)", ["station": station])
    }
    static func stationOccupied(_ station: String, by number: Int?) -> Rejection {
        let holder = number.map { "\($0)번 차량" } ?? "앞 차량"
        return Rejection(
            "stationOccupied", "\(station)번 계량대는 \(holder)이 쓰고 있습니다.",
            ["station": station, "number": number.map(String.init) ?? ""])
    }
    static func stationClosed(_ station: String) -> Rejection {
        Rejection("stationClosed", "\(station)번 계량대는 지금 쓸 수 없습니다.", ["station": station])
    }
    static func notWaiting(_ number: Int) -> Rejection {
        Rejection("notWaiting", "\(number)번은 대기 중이 아닙니다.", ["number": String(number)])
    }
    static func notCalled(_ number: Int) -> Rejection {
        Rejection("notCalled", "\(number)번은 호출된 상태가 아닙니다.", ["number": String(number)])
    }
    static func notAbsent(_ number: Int) -> Rejection {
        Rejection("notAbsent", "\(number)번은 부재 상태가 아닙니다.", ["number": String(number)])
    }
    static func onDeck(_ number: Int) -> Rejection {
        Rejection("onDeck", "\(number)번 차량이 이미 계량대 위에 있습니다.", ["number": String(number)])
    }
    static func alreadyWeighed(_ number: Int) -> Rejection {
        Rejection("alreadyWeighed", "\(number)번은 이미 한 번 계량해서 취소할 수 없습니다. 계량실에 말해 주세요.", ["number": String(number)])
    }
}
