internal import Logging

/// Every line the edge logs: the raw value is stable, the sentence is for the operator.
enum Notice: String {
    case started, stopping, stopped
    case lineOpened, lineLost, frameRefused, noiseHeard, indicatorSilent, indicatorHeard, zeroDrifts, zeroBack
    case settled, storeFailed, pruned
    case hubConnecting, hubReady, webSocketBlocked, hubLost, hubDraining, hubSilent, keyRefused
    case subscriptionRefused, hubRefused, weightAcked, weightRefused, numberReused, resending, offeringAgain,
        offeredAgain
    case divisionDiffers, badMessage
    case bound, unbound
    case statusOpened, statusUnavailable
    case boardConnected, boardLost, boardRefuses, boardShows, boardUnshowable
    case simulating, deckEmpty, truckCalled, truckDrivesOn, truckStands, truckDrivesOff

    var sentence: String {
        switch self {
        case .started: "에이전트를 시작했습니다"
        case .stopping: "종료 신호를 받아 정리합니다"
        case .stopped: "에이전트를 마쳤습니다"
        case .lineOpened: "인디케이터 선로를 열었습니다"
        case .lineLost: "인디케이터 선로가 끊겼습니다; 다시 엽니다"
        case .frameRefused: "프레임을 거부했습니다"
        case .noiseHeard: "프레임이 아닌 바이트만 들어옵니다; 통신 설정과 프로파일을 확인하세요"
        case .indicatorSilent: "인디케이터에서 읽을 수 있는 값이 오지 않습니다; 허브에 장애로 알립니다"
        case .indicatorHeard: "인디케이터의 값이 들어옵니다"
        case .zeroDrifts: "1분 넘게 영점도 차량 무게도 아닙니다; 계량대를 치우고 영점을 잡으세요"
        case .zeroBack: "계량대가 다시 영점이거나 차량이 올라왔습니다"
        case .settled: "확정 중량을 기록했습니다"
        case .storeFailed: "확정 중량을 기록하지 못했습니다; 다시 시도합니다"
        case .pruned: "보관 기간이 지난 중량을 지웠습니다"
        case .hubConnecting: "허브에 연결합니다"
        case .hubReady: "허브에 연결되었습니다"
        case .webSocketBlocked: "WebSocket이 막혀 있어 요청마다 따로 보냅니다; 느려도 잃지 않습니다. 방화벽과 주소 끝의 /ws를 확인하세요"
        case .hubLost: "허브 연결이 끊겼습니다; 다시 연결합니다"
        case .hubDraining: "허브가 잠시 멈춥니다; 나중에 다시 연결합니다"
        case .hubSilent: "허브가 응답하지 않아 연결을 끊습니다"
        case .keyRefused: "API 키가 거부되었습니다; 키 파일을 확인하세요. 파일이 바뀌면 바로, 아니면 60초마다 다시 시도합니다"
        case .subscriptionRefused: "계량대 구독이 거부되었습니다"
        case .hubRefused: "허브가 요청을 거부했습니다"
        case .weightAcked: "허브가 중량을 받았습니다"
        case .weightRefused: "허브가 중량을 거부했습니다"
        case .numberReused:
            "허브에 같은 번호의 다른 중량이 있습니다: 저장소가 복사되었거나 되돌려졌습니다. 중량은 관제 화면의 미매칭에 있습니다"
        case .resending: "응답이 없어 중량을 다시 보냅니다"
        case .offeringAgain: "허브가 백업에서 복원되었습니다; 보관 중인 중량을 다시 보냅니다"
        case .offeredAgain: "보관 중인 중량을 모두 다시 보냈습니다"
        case .divisionDiffers: "허브와 설정 파일의 눈금이 다릅니다"
        case .badMessage: "허브의 메시지를 해석하지 못했습니다"
        case .bound: "차량이 호출되었습니다"
        case .unbound: "호출된 차량이 없습니다"
        case .statusOpened: "상태 화면을 열었습니다"
        case .statusUnavailable: "상태 화면을 열 수 없습니다; 나머지는 그대로 일합니다"
        case .boardConnected: "전광판에 연결되었습니다"
        case .boardLost: "전광판 연결이 끊겼습니다; 다시 연결합니다. 계량은 그대로입니다"
        case .boardRefuses: "전광판이 세 번 거부했습니다; 전광판을 확인하세요"
        case .boardShows: "전광판이 다시 표시합니다"
        case .boardUnshowable: "전광판에 없는 글자를 ? 로 보입니다"
        case .simulating: "모의 인디케이터를 시작했습니다"
        case .deckEmpty: "계량대가 비었습니다"
        case .truckCalled: "차량이 출발을 준비합니다"
        case .truckDrivesOn: "차량이 올라옵니다"
        case .truckStands: "차량이 멈춰 섰습니다"
        case .truckDrivesOff: "차량이 내려갑니다"
        }
    }

    var level: Logger.Level {
        switch self {
        case .started, .stopping, .stopped, .lineOpened, .settled, .pruned, .hubConnecting, .hubReady, .hubDraining,
            .weightAcked, .bound, .unbound, .indicatorHeard, .simulating, .deckEmpty, .truckCalled, .truckDrivesOn,
            .truckStands, .truckDrivesOff, .offeredAgain, .zeroBack, .statusOpened,
            .boardConnected, .boardShows:
            .info
        case .lineLost, .frameRefused, .noiseHeard, .zeroDrifts, .webSocketBlocked, .indicatorSilent, .hubLost,
            .hubSilent,
            .hubRefused, .resending,
            .offeringAgain, .badMessage, .statusUnavailable, .boardLost, .boardUnshowable:
            .warning
        case .storeFailed, .keyRefused, .subscriptionRefused, .weightRefused, .numberReused, .divisionDiffers,
            .boardRefuses:
            .error
        }
    }
}

extension Logger {
    /// - Parameter sentence: what to say instead of the notice's own sentence.
    func notice(
        _ notice: Notice, _ facts: [String: any CustomStringConvertible & Sendable] = [:], sentence: String? = nil
    ) {
        var metadata: Metadata = ["event": .string(notice.rawValue)]
        for (key, value) in facts { metadata[key] = .string(value.description) }
        log(level: notice.level, "\(sentence ?? notice.sentence)", metadata: metadata)
    }
}
