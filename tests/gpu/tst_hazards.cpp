// SPDX-License-Identifier: GPL-3.0-or-later
// Barriers and activation memory, without a device.
#include "gpu/kernels/hazards.h"
#include "gpu/memory/lifetimes.h"

#include <QtTest/QtTest>

#include <vector>

using namespace bitloom;

namespace {

using Dispatch = std::vector<Access>;

Access reads(uint64_t buffer)
{
    return {buffer, 0, 64, false};
}

Access writes(uint64_t buffer)
{
    return {buffer, 0, 64, true};
}

/// One block of a Llama, a letter per value: n norm, q k v, rotated Q K, states S T, a attention,
/// o output, x sum; 'w' stands for weights, which nobody writes.
std::vector<Dispatch> block()
{
    return {
        {reads('x'), reads('w'), writes('n')},
        {reads('n'), reads('w'), writes('q')},
        {reads('n'), reads('w'), writes('k')},
        {reads('n'), reads('w'), writes('v')},
        {reads('q'), writes('Q')},
        {reads('k'), writes('K')},
        {reads('K'), reads('v'), writes('S'), writes('T')},
        {reads('Q'), reads('S'), reads('T'), writes('a')},
        {reads('a'), reads('w'), writes('o')},
        {reads('o'), reads('x'), writes('y')},
        {reads('y'), reads('w'), writes('n')},
    };
}

std::vector<bool> barriers(const std::vector<Dispatch>& dispatches)
{
    HazardTracker tracker;
    std::vector<bool> result;
    for (const Dispatch& dispatch : dispatches)
        result.push_back(tracker.enter(dispatch));
    return result;
}

} // namespace

class HazardsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void barriersStandExactlyWhereAHazardIs()
    {
        const std::vector<bool> expected = {false, true, false, false, true, false,
                                            true,  true, true,  true,  true};
        QVERIFY(barriers(block()) == expected);
    }

    /// A read nobody declared is a barrier nobody places: each of these decides about one.
    void deletingOneDeclaredReadLosesABarrier_data()
    {
        QTest::addColumn<int>("dispatch");
        QTest::addColumn<char>("value");
        QTest::newRow("query from norm") << 1 << 'n';
        QTest::newRow("rotated query") << 4 << 'q';
        QTest::newRow("appended key") << 6 << 'K';
        QTest::newRow("output from attention") << 8 << 'a';
        QTest::newRow("sum from output") << 9 << 'o';
        QTest::newRow("norm from sum") << 10 << 'y';
    }
    void deletingOneDeclaredReadLosesABarrier()
    {
        QFETCH(int, dispatch);
        QFETCH(char, value);
        std::vector<Dispatch> without = block();
        const size_t removed =
            std::erase_if(without[static_cast<size_t>(dispatch)], [&](const Access& access) {
                return access.buffer == static_cast<uint64_t>(value) && !access.write;
            });
        QCOMPARE(removed, size_t{1});
        QVERIFY(barriers(block())[static_cast<size_t>(dispatch)]);
        QVERIFY(!barriers(without)[static_cast<size_t>(dispatch)]);
    }

    void everyKindOfHazardCounts()
    {
        QVERIFY(barriers({{writes('a')}, {reads('a')}})[1]);
        QVERIFY(barriers({{reads('a')}, {writes('a')}})[1]);
        QVERIFY(barriers({{writes('a')}, {writes('a')}})[1]);
        QVERIFY(!barriers({{reads('a')}, {reads('a')}})[1]);
        QVERIFY(!barriers({{writes('a')}, {writes('b')}})[1]);
    }

    void onlyOverlappingStretchesCount()
    {
        const Access low = {1, 0, 64, true};
        const Access high = {1, 64, 64, false};
        const Access across = {1, 63, 2, false};
        QVERIFY(!barriers({{low}, {high}})[1]);
        QVERIFY(barriers({{low}, {across}})[1]);
    }

    void aBarrierSettlesAllThatCameBefore()
    {
        const std::vector<bool> placed =
            barriers({{writes('a')}, {writes('b')}, {reads('a')}, {reads('b')}});
        QVERIFY((placed == std::vector<bool>{false, false, true, false}));
    }

    void valuesAliveTogetherNeverOverlap()
    {
        const std::vector<Lifetime> alive = {{0, 3, 100}, {1, 2, 40},  {2, 5, 300},
                                             {3, 4, 64},  {5, 6, 100}, {6, 6, 10}};
        const MemoryPlan plan = planMemory(alive, 16);
        for (size_t i = 0; i < alive.size(); ++i) {
            QCOMPARE(plan.offsets[i] % 16, int64_t{0});
            QVERIFY(plan.offsets[i] + alive[i].bytes <= plan.bytes);
            for (size_t j = 0; j < i; ++j) {
                const bool together =
                    alive[i].first <= alive[j].last && alive[j].first <= alive[i].last;
                const bool apart = plan.offsets[i] + alive[i].bytes <= plan.offsets[j] ||
                                   plan.offsets[j] + alive[j].bytes <= plan.offsets[i];
                QVERIFY(!together || apart);
            }
        }
    }

    void memoryOfDeadValuesIsUsedAgain()
    {
        const MemoryPlan plan = planMemory({{0, 1, 64}, {1, 2, 64}, {2, 3, 64}, {3, 4, 64}}, 16);
        QCOMPARE(plan.bytes, int64_t{128});
    }
};

QTEST_APPLESS_MAIN(HazardsTest)
#include "tst_hazards.moc"
