// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/compare/compare_view.h"

#include <QList>
#include <QStringList>

namespace bitloom {

class CompareTable;

/// The probability of every class by the original and by the quantized network; the most likely
/// class of each is marked.
class CompareClasses : public CompareView {
    Q_OBJECT

public:
    explicit CompareClasses(QWidget* parent = nullptr);

    void setLabels(const QStringList& labels);
    /// By class, 0…1.
    void setOriginal(const QList<double>& probabilities);
    void setQuantized(const QList<double>& probabilities);

    QString promptHint() const override;
    void clear() override;
    QString summary(bool running) const override;

private:
    void showRows();
    void showSide(int column, const QList<double>& probabilities);
    QString label(int index) const;

    CompareTable* m_table = nullptr;
    QStringList m_labels;
    QList<double> m_original;
    QList<double> m_quantized;
};

} // namespace bitloom
