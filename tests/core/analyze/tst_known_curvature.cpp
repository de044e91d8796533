// SPDX-License-Identifier: GPL-3.0-or-later
// Figures of PyHessian on a trained network (tests/data/make_curvature.py).
#include "core/analyze/hessian/curvature.h"
#include "core/analyze/hessian/trace.h"
#include "core/analyze/numerics/eigenvalues.h"
#include "tests/test_data.h"

#include <QElapsedTimer>
#include <QTest>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace bitloom;

namespace {

nlohmann::json references()
{
    const auto tests = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
    return nlohmann::json::parse(std::ifstream(tests / "data" / "curvature_references.json"));
}

std::vector<Window> referenceWindows(const nlohmann::json& document)
{
    std::vector<Window> windows;
    for (const auto& tokens : document.at("windows"))
        windows.push_back({tokens.get<std::vector<int32_t>>(), 1});
    return windows;
}

} // namespace

class TestKnownCurvature : public QObject {
    Q_OBJECT

    Progress m_progress;

private Q_SLOTS:
    void equalsPyHessian_data()
    {
        QTest::addColumn<int>("loss");
        QTest::addColumn<QString>("key");
        QTest::newRow("KL") << int(CurvatureLoss::KullbackLeibler) << "kl";
        QTest::newRow("labels") << int(CurvatureLoss::CrossEntropy) << "cross_entropy";
    }

    void equalsPyHessian()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        QFETCH(int, loss);
        QFETCH(QString, key);
        const nlohmann::json document = references();
        const nlohmann::json& expected = document.at(key.toStdString());
        CurvatureSettings settings;
        settings.loss = CurvatureLoss(loss);
        const NetworkCurvature curvature(openModel(testData() + "/models/stories260K/hf"),
                                         referenceWindows(document), settings);
        const SymmetricOperator hessian = curvature.hessian();

        TraceSettings many;
        many.atLeast = many.atMost = 200;
        QElapsedTimer timer;
        timer.start();
        const SampleMean trace = estimateTrace(hessian, many, m_progress).whole;
        const double milliseconds = static_cast<double>(timer.elapsed()) / 200;
        EigenvalueSettings precise;
        precise.relativeError = 1e-3;
        const Eigenpair top = largestEigenvalue(hessian, precise, m_progress);

        const double theirTrace = expected.at("trace").get<double>();
        const double theirTop = expected.at("top_eigenvalue").get<double>();
        const double error =
            std::hypot(trace.standardError, expected.at("standard_error").get<double>());
        const QString said = QString("trace %1 ± %2, PyHessian's %3; top %4 (%5 products), "
                                     "PyHessian's %6; %7 ms a sample")
                                 .arg(trace.mean)
                                 .arg(trace.standardError)
                                 .arg(theirTrace)
                                 .arg(top.value)
                                 .arg(top.products)
                                 .arg(theirTop)
                                 .arg(milliseconds);
        qInfo("%s", qPrintable(said));
        QVERIFY2(std::abs(trace.mean - theirTrace) < 3 * error, qPrintable(said));
        QVERIFY2(std::abs(top.value - theirTop) < 0.01 * theirTop, qPrintable(said));
    }
};

QTEST_APPLESS_MAIN(TestKnownCurvature)
#include "tst_known_curvature.moc"
