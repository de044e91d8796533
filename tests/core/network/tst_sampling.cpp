// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine/sampling.h"

#include <QTest>
#include <cmath>
#include <vector>

using namespace bitloom;

class TestSampling : public QObject {
    Q_OBJECT

    static std::vector<double> shares(const std::vector<float>& logits, double temperature,
                                      int topK, double topP)
    {
        constexpr int kDraws = 40000;
        std::vector<double> counts(logits.size(), 0.0);
        for (uint64_t step = 0; step < kDraws; ++step)
            counts[static_cast<size_t>(sampleToken(logits, temperature, topK, topP, 3, step))] +=
                1.0 / kDraws;
        return counts;
    }

private Q_SLOTS:
    void greedyTakesTheLowestOfEquals()
    {
        const std::vector<float> logits = {1, 5, 2, 5, -1};
        QCOMPARE(sampleToken(logits, 0, 0, 1, 1, 0), 1);
        QCOMPARE(sampleToken(logits, 0.7, 1, 1, 1, 0), 1);
    }

    void drawsFollowTheSoftmax()
    {
        const std::vector<float> logits = {0.0F, std::log(2.0F), std::log(5.0F)};
        const auto plain = shares(logits, 1, 0, 1);
        QVERIFY(std::abs(plain[0] - 0.125) < 0.01);
        QVERIFY(std::abs(plain[1] - 0.25) < 0.01);
        QVERIFY(std::abs(plain[2] - 0.625) < 0.01);
        const auto sharp = shares(logits, 0.5, 0, 1); // squares of the weights
        QVERIFY(std::abs(sharp[2] - 25.0 / 30.0) < 0.01);
    }

    void topKAndTopPCutTheTail()
    {
        const std::vector<float> logits = {0.0F, std::log(2.0F), std::log(5.0F)};
        const auto two = shares(logits, 1, 2, 1);
        QCOMPARE(two[0], 0.0);
        QVERIFY(std::abs(two[2] - 5.0 / 7.0) < 0.01);
        const auto nucleus = shares(logits, 1, 0, 0.6); // 0.625 alone reaches it
        QVERIFY(std::abs(nucleus[2] - 1) < 1e-9);
        QCOMPARE(shares(logits, 1, 0, 0.7)[0], 0.0);
    }

    void aSeedRepeats()
    {
        const std::vector<float> logits(50, 0.0F);
        int differing = 0;
        for (uint64_t step = 0; step < 100; ++step) {
            QCOMPARE(sampleToken(logits, 1, 0, 1, 9, step), sampleToken(logits, 1, 0, 1, 9, step));
            differing +=
                sampleToken(logits, 1, 0, 1, 9, step) != sampleToken(logits, 1, 0, 1, 10, step);
        }
        QVERIFY(differing > 80);
    }
};

QTEST_APPLESS_MAIN(TestSampling)
#include "tst_sampling.moc"
