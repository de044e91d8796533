// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>

#include <optional>

namespace bitloom {

/// A number within a range that can be typed freely. What lies outside becomes the nearest possible
/// one when the editing ends, and is told; it neither refuses keys nor goes back without a word.
class BudgetSpin : public QDoubleSpinBox {
    Q_OBJECT

public:
    using QDoubleSpinBox::QDoubleSpinBox;

    QValidator::State validate(QString& text, int& position) const override;
    void fixup(QString& text) const override;
    /// Two decimals, as everywhere, and more only where they say something.
    QString textFromValue(double value) const override;

signals:
    /// The range does not hold what was typed.
    void refused(double typed) const;

private:
    std::optional<double> numberIn(const QString& text) const;
};

} // namespace bitloom
