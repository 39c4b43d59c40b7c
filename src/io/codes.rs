//! The codes of everything that can be wrong with an input. A code keeps its number for ever.

use super::diagnostics::Severity;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// What is wrong, as a stable number: `TY0021`. Numbers from 100 are warnings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The number.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                }
            }
        }
    };
}

codes! {
    /// The input file does not exist.
    FileMissing = 1,
    /// The input is a directory, or the system refuses to read it.
    FileUnreadable = 2,
    /// The file is not UTF-8 text.
    NotUtf8 = 3,
    /// The file is over the size limit.
    FileTooLarge = 4,
    /// A scenario without content.
    EmptyScenario = 5,
    /// YAML or JSON where TOML is expected.
    NotToml = 6,
    /// A result cannot be written.
    CannotWrite = 7,
    /// Another process writes into the same directory.
    Locked = 8,
    /// The directory holds something else that would be lost.
    DirectoryTaken = 9,
    /// Not valid TOML.
    Syntax = 10,
    /// A key or table given twice.
    DuplicateKey = 11,
    /// Nested deeper than the limit.
    TooDeep = 12,
    /// More errors than are shown.
    MoreErrors = 13,
    /// Not a shard of a sweep.
    BadShard = 14,
    /// A journal or part with something in it that was not written there.
    BrokenRecord = 15,
    /// A journal of another sweep, or of another version.
    OtherJournal = 16,
    /// Parts that are not of one sweep, or of different versions.
    MixedParts = 17,
    /// A part of a sweep is missing.
    MissingPart = 18,
    /// A part of a sweep twice.
    DoubledPart = 19,
    /// A key that no table of this kind has.
    UnknownKey = 20,
    /// A required key is missing.
    MissingKey = 21,
    /// A value of the wrong TOML type.
    WrongType = 22,
    /// NaN or an infinity.
    NotFinite = 23,
    /// A number outside its range.
    OutOfRange = 24,
    /// Not a duration: no unit, an unknown unit, no number.
    BadDuration = 25,
    /// A duration over 3650 days.
    DurationTooLong = 26,
    /// A word that is none of the admitted ones.
    UnknownWord = 27,
    /// A duration that must be greater than zero.
    DurationNotPositive = 28,
    /// The file asks for a newer layout than this program reads.
    SchemaTooNew = 29,
    /// Not a name: empty, too long, or with control characters.
    BadName = 30,
    /// Two things of one kind with the same name.
    DuplicateName = 31,
    /// A reference to something that the file does not define.
    UnknownReference = 32,
    /// Not an amount of CPU or memory.
    BadSize = 33,
    /// Not a distribution.
    BadDistribution = 34,
    /// A least value above the greatest.
    EmptyRange = 35,
    /// Two keys that exclude each other.
    ExclusiveKeys = 36,
    /// More entries than AWS admits.
    TooManyEntries = 37,
    /// A capacity provider strategy in which every weight is 0.
    NoWeight = 38,
    /// A capacity provider strategy with more than one base.
    TwoBases = 39,
    /// No strategy where there is more than one capacity provider, or none.
    NoStrategy = 40,
    /// Something of AWS that is not simulated yet.
    NotSimulated = 41,
    /// A capacity provider without a kind.
    ProviderWithoutKind = 42,
    /// Not a date.
    BadDate = 43,
    /// More tasks than a run is meant for.
    TooManyTasks = 44,
    /// Repeated calls without a time between them.
    NoInterval = 45,
    /// A table for a capacity provider that every account has.
    PredefinedProvider = 46,
    /// A capacity provider strategy with providers of more than one kind.
    MixedKinds = 47,
    /// Both a launch type and a capacity provider strategy.
    LaunchTypeAndStrategy = 48,
    /// Something that ends before it begins.
    EndBeforeStart = 49,
    /// `--set` without `path=value`.
    SetWithoutValue = 50,
    /// `--set` with a path that leads nowhere.
    SetUnknownPath = 51,
    /// An expression of the cluster query language that is none.
    BadExpression = 52,
    /// A placement constraint that ECS does not admit there.
    PlacementRule = 53,
    /// A port of an instance that no task can have.
    BadHostPort = 54,
    /// Something that the kind of capacity does not offer.
    NotOffered = 55,
    /// Capacity reservations that no capacity provider would use.
    ReservationsUnused = 56,
    /// Two discounts of one kind of charge, or of one instance family.
    DiscountTwice = 57,
    /// A discount on what its agreement does not cover.
    DiscountNotCovered = 58,
    /// Something that a daemon service does not have.
    OfNoDaemon = 59,
    /// A task definition file that is not JSON.
    JsonSyntax = 60,
    /// A template's placeholder where a value is needed.
    JsonPlaceholder = 61,
    /// JSON that is not a task definition.
    JsonShape = 62,
    /// An expression of EventBridge Scheduler that is none.
    BadSchedule = 63,
    /// A time zone without an entry in the IANA tables.
    UnknownTimeZone = 64,
    /// A deployment strategy that shifts traffic in a service that nothing brings traffic to.
    NothingShiftsTraffic = 69,
    /// A Region that the tables do not know.
    UnknownRegion = 70,
    /// A Region of which no price is known.
    RegionWithoutPrices = 71,
    /// A scenario that is well written and cannot run on the catalogue.
    CannotRun = 72,
    /// More points or runs than a sweep is meant for.
    SweepTooLarge = 73,
    /// An axis without a value, or a sweep without an axis.
    AxisWithoutValues = 74,
    /// Zipped axes that have not as many values as each other.
    UnequalAxes = 75,
    /// An interval asked of one run.
    NoIntervals = 76,
    /// A figure that no answer has.
    UnknownFigure = 77,
    /// A sweep file where a scenario is expected.
    SweepForScenario = 78,
    /// A rate or a series without a point.
    EmptySeries = 80,
    /// Times of a series that do not go on.
    TimeGoesBack = 81,
    /// Counts beside means, several series, or timestamps in several units.
    MixedUnits = 82,
    /// A demand below 0.
    NegativeDemand = 83,
    /// A file that is not a series or a trace.
    BadSeries = 84,
    /// Demands of one service whose requests differ.
    UnlikeDemands = 85,
    /// More messages than a run is meant for.
    TooManyMessages = 86,
    /// Steps of a scaling policy that overlap, leave a gap or are none.
    BadSteps = 90,
    /// A scaling policy or scheduled action for a service that is no scalable target.
    PolicyWithoutTarget = 91,
    /// A scaling policy that looks at a metric of which there is no data.
    PolicyWithoutMetric = 92,
    /// Two target tracking policies on one metric of a service.
    SameMetricTwice = 93,
    /// A directory without results.
    NoOutputs = 97,
    /// A result that is not as it was written.
    DamagedOutput = 98,
    /// Something that is to happen after the horizon.
    AfterHorizon = 101,
    /// More than an ECS quota admits.
    OverQuota = 102,
    /// Nothing asks for a task.
    NoTasks = 103,
    /// A setting from which nothing follows.
    NoEffect = 104,
    /// A fault that can touch nothing.
    FaultTouchesNothing = 105,
    /// A discount on Spot that does not say by what agreement.
    DiscountOnSpot = 106,
    /// A placement constraint that no instance of a group can satisfy.
    ConstraintInVain = 107,
    /// A schedule with no time up to the horizon.
    NeverScheduled = 108,
    /// Percentages between which no deployment can move.
    NeverMoves = 109,
    /// A series without a point for some of its periods.
    SeriesGap = 120,
    /// A series that does not cover the run, or not it alone.
    SeriesOutside = 121,
    /// A predictive policy with too little data for a forecast.
    TooLittleData = 130,
}

impl Code {
    /// The name users see: `TY0021`.
    #[must_use]
    pub fn name(self) -> String {
        format!("TY{:04}", self.number())
    }

    /// Whether it stops the reading.
    #[must_use]
    pub const fn severity(self) -> Severity {
        if self.number() < 100 { Severity::Error } else { Severity::Warning }
    }
}
