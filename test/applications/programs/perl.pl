# Perl's ways to tell the time and to wait.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_REALTIME);

$| = 1;
chdir $ENV{TMPDIR} or die;

sub virtual { printf "%s virtual_ns=%.0f\n", $_[0], clock_gettime(CLOCK_MONOTONIC) * 1e9 }

sub timed {
    my ($name, $least, $code, $most) = @_;
    my $start = clock_gettime(CLOCK_MONOTONIC);
    $code->();
    my $took = clock_gettime(CLOCK_MONOTONIC) - $start;
    $most //= $least;
    # Floating point holds these clocks to about a microsecond.
    printf "%s perceived_ns=%.0f expected_ns=%.0f grain_ns=%.0f late_ns=50000000\n", $name, $took * 1e9, $most * 1e9,
        ($most - $least) * 1e9 + 2000;
}

sub check { printf "%s ok=%d # %s\n", $_[0], $_[1] ? 1 : 0, $_[2] // '' }

virtual('begin');
timed('select', 0.1, sub { select undef, undef, undef, 0.1 });
timed('Time::HiRes::sleep', 0.1, sub { Time::HiRes::sleep(0.1) });
timed('Time::HiRes::usleep', 0.1, sub { Time::HiRes::usleep(100_000) });
timed('Time::HiRes::nanosleep', 0.1, sub { Time::HiRes::nanosleep(100_000_000) });
timed('Time::HiRes::clock_nanosleep', 0.1, sub { Time::HiRes::clock_nanosleep(CLOCK_REALTIME, 1e8) });
timed('sleep', 1, sub { sleep 1 });
my ($here, $there) = IO::Socket->socketpair(AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
timed('IO::Select', 0.1, sub { IO::Select->new($here)->can_read(0.1) });
timed('alarm', 1, sub { local $SIG{ALRM} = sub { }; alarm 1; select undef, undef, undef, 9 });
timed('Time::HiRes::alarm', 0.1, sub { local $SIG{ALRM} = sub { }; Time::HiRes::alarm(0.1); select undef, undef, undef, 9 });
timed('setitimer', 0.3, sub {
    my $caught = 0;
    local $SIG{ALRM} = sub { $caught++ };
    Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0.1, 0.1);
    POSIX::pause() while $caught < 3;
    Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0);
});
timed('a_die_in_alarm', 0.2, sub {
    eval { local $SIG{ALRM} = sub { die "late\n" }; Time::HiRes::ualarm(200_000); <$here>; };
    check('a_die_in_alarm_came', $@ eq "late\n", $@);
});
timed('system', 0.2, sub { system 'sleep', '0.2' });

my $start = (POSIX::times())[0];
timed('times', 0.2, sub { select undef, undef, undef, 0.2 });
my $ticks = (POSIX::times())[0] - $start;
check('POSIX::times', $ticks >= 19 && $ticks <= 40, "$ticks ticks");

check('time', abs(time - clock_gettime(CLOCK_REALTIME)) <= 1.001);
open my $file, '>', 'file' or die;
print $file 'text';
close $file;
select undef, undef, undef, 0.1;
my $age = Time::HiRes::time() - (Time::HiRes::stat('file'))[9];
check('age_of_a_file', $age >= 0.099 && $age <= 0.5, $age);
virtual('end');
